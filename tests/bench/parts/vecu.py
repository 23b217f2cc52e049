"""A restored virtual ECU for one part, and the few things that several parts do in it."""

import contextlib
import os
import re
from pathlib import Path

from lib import configuration as configurations, paths, snapshot
from lib.ecu import Ecu, Stream
from lib.turn import turn

from . import host, programs

FOLDER = "/run/bench"


@contextlib.contextmanager
def restored(configuration: configurations.Configuration, options):
    """An ECU of this part's own, on a machine as quiet as it gets within the wait that the options allow."""
    with turn():
        images = configurations.images(configuration)
        snapshot.provide(configuration, images)
        others = host.await_quiet(options.wait)
        if others:
            host.say(f"{others} other QEMU still running: times will be longer than they need be")
        ecu = Ecu(f"bench-{os.getpid()}")
        try:
            ecu.restore(configuration)
            yield ecu
        except BaseException:
            ecu.keep_logs(paths.logs() / "bench")
            raise
        finally:
            ecu.down()
            ecu.machine.forget()


def push_program(ecu: Ecu, name: str) -> str:
    """Puts a program of the benchmark into dom0; returns its path there."""
    file: Path = programs.built(name)
    ecu.push(file, f"{FOLDER}/{file.name}")
    return f"{FOLDER}/{file.name}"


class Watch:
    """domain_watch in dom0: what really became of a partition, dated by dom0's monotonic clock (that of xhmd's events)."""

    def __init__(self, ecu: Ecu, program: str, uuid: str, console: str | None = None, paused: bool = False):
        self._stream: Stream = ecu.start([program, uuid, *([console] if console else [])])
        self.await_change("started" if paused else "running", 30)

    def await_change(self, what: str, bound: float, after_ns: int = 0, value: int | None = None) -> int:
        """When it happened, in nanoseconds; for the first such change at or after the given moment."""
        pattern = rf"^\d+ \d+ {what} " + (rf"{value}$" if value is not None else "")
        for line in self._stream.seen:
            if re.search(pattern, line) and int(line.split()[0]) >= after_ns:
                return int(line.split()[0])
        while True:
            line = self._stream.wait_for(pattern, bound)
            if int(line.split()[0]) >= after_ns:
                return int(line.split()[0])

    def seen(self, what: str, after_ns: int) -> int | None:
        """The same for what is known already."""
        return next((int(line.split()[0]) for line in self._stream.seen
                     if line.split()[2] == what and int(line.split()[0]) >= after_ns), None)

    def close(self):
        self._stream.close()


def monotonic_ns(ecu: Ecu) -> int:
    """dom0's CLOCK_MONOTONIC now; it is the clock of /proc/uptime too as long as nothing suspends."""
    return int(float(ecu.run(["cat", "/proc/uptime"], check=True).stdout.split()[0]) * 1e9)
