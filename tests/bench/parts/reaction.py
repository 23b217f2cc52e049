"""`reaction`: how long from a fault to its detection, to a new instance and to its health, for faults injected one after
another into a running virtual ECU. All times are dom0's CLOCK_MONOTONIC: xhmd's events, and domain_watch for what happened."""

import json
import random
import subprocess
from dataclasses import dataclass, field

from lib import configuration as configurations, paths
from lib.ecu import Ecu
from lib.errors import VecuError
from lib.health import Health

from . import fail_over, host, vecu
from .events import Events
from .table import Table, spread

PARTITION = "brake"
UUID = "b4a4e000-0000-4000-8000-000000000001"
CONSOLE = f"/var/log/xen/console/guest-{PARTITION}.log"
POLICY = paths.POLICIES / "cockpit.yaml"


@dataclass(frozen=True)
class Fault:
    name: str
    command: list[str]
    faults: tuple[str, ...]  # that tell it
    fault_class: str  # whose bound counts
    truth: tuple[str, ...]  # changes that domain_watch sees when it happens; none: injection_started is the beginning
    restarts: bool = False


FAULTS = [
    Fault("hang", ["xhmctl", "inject", "hang", PARTITION], ("entity_alive_low",), "entity", (), True),
    Fault("spin", ["xhmctl", "inject", "spin", PARTITION], ("entity_alive_low",), "entity", (), True),
    Fault("crash", ["xhmctl", "inject", "crash", PARTITION], ("partition_crashed",), "presence", ("shutdown",), True),
    Fault("destroy", ["xl", "destroy", PARTITION], ("partition_missing", "partition_paused", "partition_stopped"), "presence",
          ("paused", "dying", "gone"), True),
    Fault("pin", ["xhmctl", "inject", "pin", PARTITION], ("vcpu_affinity",), "placement", ("affinity",)),
    Fault("memory", ["xhmctl", "inject", "memory", PARTITION], ("memory_limit", "memory_size"), "memory", ("limit", "memory")),
    Fault("deadline", ["xhmctl", "inject", "deadline", PARTITION], ("deadline_misses",), "deadline", ()),
]


@dataclass
class Times:
    """Seconds, one entry for each injection."""
    noticed: list[float] = field(default_factory=list)  # the fault was raised
    detected: list[float] = field(default_factory=list)  # as the policy's bound means it
    created: list[float] = field(default_factory=list)  # a new instance was unpaused
    up: list[float] = field(default_factory=list)  # its first program said that it is up
    healthy: list[float] = field(default_factory=list)  # restart_done
    way: list[float] = field(default_factory=list)  # from the order to the fault itself
    failures: list[str] = field(default_factory=list)


def measure(options) -> list[Table]:
    wanted = options.faults.split(",") if options.faults else [fault.name for fault in FAULTS]
    chosen = [fault for fault in FAULTS if fault.name in wanted]
    if not chosen:
        raise RuntimeError(f"none of the faults {', '.join(wanted)} is known: {', '.join(fault.name for fault in FAULTS)}")
    bounds = _bounds()
    results = {fault.name: Times() for fault in chosen}
    notes = []
    try:
        for fault in chosen:  # each on a fresh copy; between them others may have the machine
            with vecu.restored(configurations.DEFAULT, options) as ecu:
                load = host.Load(ecu.machine.pid())
                session = Session(ecu)
                try:
                    session.measure(fault, options.count, results[fault.name], load)
                finally:
                    notes.append(f"{fault.name}: {load.sentence()}; latest step of xhmd since its start {session.worst_lateness():.2f} s late.")
    except KeyboardInterrupt:
        host.say("interrupted: the tables show what was measured so far")
    restarting = [fault for fault in chosen if fault.restarts]
    tables = [_detection(chosen, results, bounds)] + ([_recovery(restarting, results)] if restarting else [])
    tables[-1].notes += notes
    if any(fault.name in fail_over.FAULTS for fault in chosen):
        tables.append(fail_over.measure(options, [fault.name for fault in chosen], results))
    return tables


def _bounds() -> dict[str, float]:
    """The policy's worst-case detection times for the partition, in seconds."""
    checked = subprocess.run([paths.BUILD / "client/xhmctl", "--json", "policy", "check", POLICY], capture_output=True, text=True,
                             check=True)
    partition = next(entry for entry in json.loads(checked.stdout)["partitions"] if entry["name"] == PARTITION)
    return {name: value / 1e9 for name, value in partition["detection_ns"].items() if value is not None}


class Session:
    def __init__(self, ecu: Ecu):
        self.ecu = ecu
        self.health = Health(ecu)
        self.health.await_ok()
        self._lift_restart_limit()
        self.events = Events(ecu, self.health.status()["last_sequence"])
        self.watch = vecu.Watch(ecu, vecu.push_program(ecu, "domain_watch"), UUID, CONSOLE)

    def _lift_restart_limit(self):
        """As many restarts as there are injections; nothing else of the policy changes."""
        text = POLICY.read_text().replace("within: 10m", "within: 1s ")
        self.ecu.run(["sh", "-c", f"mkdir -p {vecu.FOLDER} && cat >{vecu.FOLDER}/policy.yaml"], stdin=text.encode(), check=True)
        self.ecu.run(["xhmctl", "policy", "apply", f"{vecu.FOLDER}/policy.yaml"], check=True)
        self.health.await_ok()

    def worst_lateness(self) -> float:
        return self.health.status()["worst_lateness_ns"] / 1e9

    def measure(self, fault: Fault, count: int, times: Times, load: host.Load):
        for number in range(count):
            load.look()
            try:
                self._one(fault, times)
                host.say(f"{fault.name} {number + 1} of {count}: detected after {times.detected[-1]:.2f} s"
                         + (f", healthy after {times.healthy[-1]:.1f} s" if fault.restarts else ""))
            except VecuError as error:
                times.failures.append(str(error))
                host.say(f"{fault.name} {number + 1} of {count} FAILED: {error}")
                self.ecu.run(["xhmctl", "inject", "clear", PARTITION])
            self.health.await_ok()

    def _one(self, fault: Fault, times: Times):
        self.ecu.run(["sleep", f"{random.uniform(0, 1):.2f}"], check=True)  # no fixed phase to the supervisor's cycles
        asked_ns = vecu.monotonic_ns(self.ecu)
        self.events.mark(asked_ns)
        self._order(fault.command)
        ordered_ns = asked_ns
        if not fault.truth:
            ordered_ns = self.events.of(PARTITION, "injection_started", 10)["monotonic_ns"]
        raised_ns = self.events.of(PARTITION, "fault_raised", 60, *fault.faults)["monotonic_ns"]
        begun_ns = self._begin(fault, ordered_ns)
        detected_ns = raised_ns
        if fault.fault_class == "entity":  # the bound is the time to EXPIRED, which decides the restart
            detected_ns = self.events.of(PARTITION, "restart_decided", 60)["monotonic_ns"]
        after = self._recover(fault, begun_ns)
        times.noticed.append((raised_ns - begun_ns) / 1e9)
        times.detected.append((detected_ns - begun_ns) / 1e9)
        times.way.append((begun_ns - ordered_ns) / 1e9)
        for kept, at_ns in zip((times.created, times.up, times.healthy), after):
            kept.append((at_ns - begun_ns) / 1e9)

    def _order(self, command: list[str]):
        """What an earlier injection left may still be cleared when the partition is healthy again."""
        self.ecu.wait_until(lambda: self.ecu.run(command, timeout=60).status == 0, 30, f"`{' '.join(command)}` to be accepted")

    def _begin(self, fault: Fault, ordered_ns: int) -> int:
        if not fault.truth:
            return ordered_ns
        for change in fault.truth:  # lines may still be on their way
            try:
                return min(at for at in [self.watch.await_change(change, 2, ordered_ns)]
                           + [self.watch.seen(other, ordered_ns) for other in fault.truth] if at)
            except VecuError:
                continue
        raise VecuError(f"{fault.name}: domain_watch saw none of {', '.join(fault.truth)}")

    def _recover(self, fault: Fault, begun_ns: int) -> tuple[int, ...]:
        if fault.restarts:
            done = self.events.of(PARTITION, "restart_done", 120)
            after = (self.watch.await_change("running", 30, begun_ns), self.watch.await_change("console", 30, begun_ns),
                     done["monotonic_ns"])
            self.ecu.run(["xhmctl", "inject", "clear", PARTITION], check=True)
            return after
        self.ecu.run(["xhmctl", "inject", "clear", PARTITION], check=True)
        self.events.of(PARTITION, "fault_cleared", 120, *fault.faults)
        return ()


def _detection(chosen, results, bounds) -> Table:
    table = Table(f"reaction: from the fault to its detection, partition {PARTITION} (seconds)",
                  ["fault", "from", "until", "times", "min", "median", "max", "bound", "above it"])
    for fault in chosen:
        times, bound = results[fault.name], bounds[fault.fault_class]
        begin = "Xen shows it" if fault.truth else "took effect"
        if fault.fault_class == "entity":
            table.add(fault.name, begin, "first report (FAILED)", len(times.noticed), *spread(times.noticed), None, None)
        applies = fault.name != "deadline"
        until = "EXPIRED, restart decided" if fault.fault_class == "entity" else "fault raised"
        table.add(fault.name, begin, until, len(times.detected), *spread(times.detected), bound if applies else None,
                  sum(value > bound for value in times.detected) if applies else None)
    ways = [value for fault in chosen if fault.truth for value in results[fault.name].way]
    table.notes = [
        "bound: what the policy implies (`xhmctl policy check`), for a supervisor that runs in time.",
        "Xen shows it: domain_watch in dom0 polls every 10 ms; 'took effect' (injection_started) is when the agent's report that the",
        "guest carries the order out has come to xhmd, some milliseconds after it does. deadline has no bound from the order: the policy's (0.2 s) counts from the miss that is",
        "one too many, and how soon 16 of 30 activations are missed is up to Xen's scheduler and the overload.",
    ]
    if ways:
        table.notes.append("Way of the other orders until Xen shows the fault: min {:.2f}, median {:.2f}, max {:.2f} s.".format(*spread(ways)))
    table.notes += [f"NOT COMPLETED: {name}: {failure.splitlines()[0]}" for name, times in results.items() for failure in times.failures]
    return table


def _recovery(chosen, results) -> Table:
    table = Table("reaction: from the fault to recovery (seconds; same beginnings as above)",
                  ["fault", "until", "times", "min", "median", "max"])
    for fault in chosen:
        times = results[fault.name]
        for until, values in (("new instance runs", times.created), ("its init is up", times.up),
                              ("healthy (restart_done)", times.healthy)):
            table.add(fault.name, until, len(values), *spread(values))
    table.notes = ["healthy: the first good reference cycle of 1 s is over, so this holds 1 to 2 s of proof."]
    return table
