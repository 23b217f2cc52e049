"""One piece of work in a process of its own, so that several go on at a time and each is ended without harm to the others."""

import contextlib
import io
import multiprocessing
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import wait

FORK = multiprocessing.get_context("fork")
END_BOUND = 30


class Job:
    """Runs work(); what that returns and what it prints are had when the job has ended."""

    def __init__(self, work: Callable):
        self.printed = ""
        self._receiver, sender = FORK.Pipe(duplex=False)
        self._process = FORK.Process(target=_carry_out, args=(work, sender))
        self._process.start()
        sender.close()

    def result(self):
        """What work() returned; EOFError if the process ended before."""
        try:
            self.printed, result = self._receiver.recv()
        except EOFError:
            self._process.join()
            raise EOFError(f"its process ended with status {self._process.exitcode} before it was done") from None
        self._process.join()
        return result

    def fileno(self):
        return self._receiver.fileno()

    def end(self):
        """Ends it, as far as it still runs: it takes down the ECU that it started."""
        self._process.terminate()
        self._process.join(END_BOUND)
        self._process.kill()


def await_some(jobs) -> list[Job]:
    """Those that have ended, as soon as there is one."""
    return wait(list(jobs))


def _carry_out(work: Callable, sender):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # from a terminal it comes to all; the run says who is to end
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        result = work()
    sender.send((printed.getvalue(), result))
