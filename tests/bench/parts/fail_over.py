"""Fail over beside restart, for `reaction`: the same faults in an ECU in which brake has a standby that is booted and paused."""

from dataclasses import dataclass, field

from lib import configuration as configurations
from lib.ecu import Ecu
from lib.errors import VecuError
from lib.health import Health

from . import host, vecu
from .events import Events
from .table import Table, spread

PAIR = {"brake": "b4a4e000-0000-4000-8000-000000000001", "brake-standby": "b4a4e000-0000-4000-8000-000000000004"}
FAULTS = ("hang", "crash")
READY_BOUND = 180


@dataclass
class Times:
    """Seconds, one entry for each injection."""
    decided: list[float] = field(default_factory=list)  # from the fault to fail_over_begun
    running: list[float] = field(default_factory=list)  # … until Xen runs the standby, by domain_watch
    healthy: list[float] = field(default_factory=list)  # … to its first good reference cycle, fail_over_done
    ready: list[float] = field(default_factory=list)  # … until there is a next standby
    failures: list[str] = field(default_factory=list)


def measure(options, faults: list[str], restarts: dict) -> Table:
    """restarts: what reaction measured of the same faults, by name, with a list `healthy`."""
    results = {fault: Times() for fault in faults if fault in FAULTS}
    with vecu.restored(configurations.WITH_STANDBY, options) as ecu:
        pair = _Pair(ecu)
        for fault, times in results.items():
            for number in range(options.count):
                try:
                    pair.fail_over(fault, times)
                    host.say(f"fail over {fault} {number + 1} of {options.count}: healthy after {times.healthy[-1]:.2f} s")
                except VecuError as error:
                    times.failures.append(str(error))
                    host.say(f"fail over {fault} {number + 1} of {options.count} FAILED: {error}")
                    ecu.run(["xhmctl", "inject", "clear"])
                pair.health.await_ok()
    return _table(results, restarts)


class _Pair:
    def __init__(self, ecu: Ecu):
        self.ecu = ecu
        self.health = Health(ecu)
        self.health.await_ok()
        self.events = Events(ecu, self.health.status()["last_sequence"])
        self.watch_program = vecu.push_program(ecu, "domain_watch")

    def fail_over(self, fault: str, times: Times):
        lives = {entry["name"]: entry["life"] for entry in self.health.status()["partitions"]}
        serving = next(name for name in PAIR if lives[name] == "running")
        standby = next(name for name in PAIR if name != serving)
        watches = {name: vecu.Watch(self.ecu, self.watch_program, PAIR[name], paused=name == standby) for name in PAIR}
        try:
            self._measure(fault, times, serving, standby, watches)
        finally:
            for watch in watches.values():
                watch.close()

    def _measure(self, fault: str, times: Times, serving: str, standby: str, watches: dict):
        asked_ns = vecu.monotonic_ns(self.ecu)
        self.events.mark(asked_ns)
        self.ecu.run(["xhmctl", "inject", fault, serving], check=True)
        begun_ns = self.events.of(serving, "injection_started", 30)["monotonic_ns"]
        if fault == "crash":  # what Xen shows; the order's way is no part of it
            begun_ns = watches[serving].await_change("shutdown", 30, asked_ns)
        decided = self.events.of(standby, "fail_over_begun", 60)
        running_ns = watches[standby].await_change("running", 30, asked_ns)
        done = self.events.of(standby, "fail_over_done", 60)
        ready = self.events.of(serving, "standby_ready", READY_BOUND)
        for kept, at_ns in ((times.decided, decided["monotonic_ns"]), (times.running, running_ns),
                            (times.healthy, done["monotonic_ns"]), (times.ready, ready["monotonic_ns"])):
            kept.append((at_ns - begun_ns) / 1e9)


def _table(results: dict[str, Times], restarts: dict) -> Table:
    table = Table("reaction: fail over beside restart, partition brake (seconds from the fault)",
                  ["fault", "reaction", "until", "times", "min", "median", "max"])
    for fault, times in results.items():
        for until, values in (("decided", times.decided), ("Xen runs the standby", times.running),
                              ("healthy (fail_over_done)", times.healthy), ("the next standby is ready", times.ready)):
            table.add(fault, "fail over", until, len(values), *spread(values))
        if fault in restarts:
            table.add(fault, "restart", "healthy (restart_done)", len(restarts[fault].healthy), *spread(restarts[fault].healthy))
    table.notes = [
        "Fail over: brake is stopped and the standby unpaused in one step of the supervisor; healthy is the first good reference",
        "cycle of 1 s after it, so this holds 1 to 2 s of proof, as the restart's does. Five emulated CPUs instead of four.",
    ]
    table.notes += [f"NOT COMPLETED: {fault}: {failure.splitlines()[0]}" for fault, times in results.items() for failure in times.failures]
    return table
