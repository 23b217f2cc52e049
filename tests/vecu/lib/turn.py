"""One at a time: a test, a demonstration or a soak needs all of the machine, or its timing is not what it would be."""

import contextlib
import fcntl

from . import paths
from .machine import Machine
from .progress import say


@contextlib.contextmanager
def turn():
    """Held by one run of vecu at a time, in the order of coming. Given up by the system if that run is killed."""
    paths.runs().mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(paths.runs() / "turn.lock", "w") as lock:
        with open(paths.runs() / "queue.lock", "w") as queue:  # who has it is next, also before the one whose turn it is now
            _wait_for(queue)
            _wait_for(lock)
        _warn_of_others()
        yield


def _wait_for(lock):
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("waiting for another run of vecu to end")
        fcntl.flock(lock, fcntl.LOCK_EX)


def _warn_of_others():
    up = [folder.name for folder in paths.runs().iterdir() if folder.is_dir() and Machine(folder.name).running()]
    if up:
        say(f"note: the timing of this run suffers from the ECUs that are up: {', '.join(sorted(up))}")
