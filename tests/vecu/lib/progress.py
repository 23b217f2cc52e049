"""Says on standard error what takes time, so that nobody wonders whether it hangs."""

import contextlib
import sys
import time


def say(text: str):
    print(f"vecu: {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(what: str):
    say(f"{what} …")
    start = time.monotonic()
    yield
    say(f"{what}: {time.monotonic() - start:.1f} s")
