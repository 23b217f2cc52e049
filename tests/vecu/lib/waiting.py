"""Waiting on the real ECU: by looking again and again within a bound, never by just sleeping."""

import time

from .errors import NotInTime

INTERVAL = 0.05


def wait_until(predicate, bound: float, what: str):
    """The first true answer of the predicate; NotInTime names what was awaited and the last answer."""
    end = time.monotonic() + bound
    while True:
        answer = predicate()
        if answer:
            return answer
        if time.monotonic() > end:
            raise NotInTime(f"{what}: not so within {bound:.0f} s" + (f" (last answer: {answer!r})" if answer is not None else ""))
        time.sleep(INTERVAL)
