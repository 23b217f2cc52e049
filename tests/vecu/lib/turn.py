"""One at a time: a boot, a test or a demonstration needs all of the machine, or its timing is not what it would be."""

import contextlib
import fcntl

from . import paths
from .machine import Machine
from .progress import say

_held = False


@contextlib.contextmanager
def turn():
    """Held by one run of vecu at a time; taken again within itself, it does nothing."""
    global _held
    if _held:
        yield
        return
    paths.runs().mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(paths.runs() / "turn.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another run of vecu to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        _warn_of_others()
        _held = True
        try:
            yield
        finally:
            _held = False


def _warn_of_others():
    up = [folder.name for folder in paths.runs().iterdir() if folder.is_dir() and Machine(folder.name).running()]
    if up:
        say(f"note: the timing of this run suffers from the ECUs that are up: {', '.join(sorted(up))}")
