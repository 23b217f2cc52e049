"""How many emulated ECUs work at a time on this machine. A test takes one place, beside another one; what needs all of the
machine, or its timing is not what it would be, takes every place: a demonstration, a soak, a test that says so.

The places are files that are locked, so all runs of vecu share them, and the system gives up those of a run that is killed.
"""

import contextlib
import fcntl
import os
import time

from . import paths
from .machine import Machine
from .progress import say

LOOK_INTERVAL = 0.1


def places() -> int:
    """One for each core: an emulated ECU that waits for something uses about half of one."""
    return len(os.sched_getaffinity(0))


@contextlib.contextmanager
def turn():
    """Every place, in the order of coming."""
    with contextlib.ExitStack() as locks:
        with _queue():
            for number in range(places()):
                lock = locks.enter_context(_open(f"place{number}"))
                _wait_until(lambda lock=lock: _locked(lock))
        _warn_of_others()
        yield


@contextlib.contextmanager
def place():
    """One place, in the order of coming."""
    with contextlib.ExitStack() as locks:
        files = [locks.enter_context(_open(f"place{number}")) for number in range(places())]
        with _queue():
            _wait_until(lambda: any(_locked(file) for file in files))
        yield


@contextlib.contextmanager
def _queue():
    """Who has it is next, also before those who still have a place."""
    with _open("queue") as queue:
        _wait_until(lambda: _locked(queue))
        yield


def _open(name: str):
    paths.runs().mkdir(parents=True, exist_ok=True, mode=0o700)
    return open(paths.runs() / f"{name}.lock", "w")


def _locked(file) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


def _wait_until(condition):
    said = False
    while not condition():
        if not said:
            say("waiting for another run of vecu to end")
            said = True
        time.sleep(LOOK_INTERVAL)


def _warn_of_others():
    up = [folder.name for folder in paths.runs().iterdir() if folder.is_dir() and Machine(folder.name).running()]
    if up:
        say(f"note: the timing of this run suffers from the ECUs that are up: {', '.join(sorted(up))}")
