"""A matrix of drifts on one ECU: each cell is provoked, seen by its faults and its verdicts, undone, and seen to be as before.

The cells of a round are independent of each other: they are provoked together, in their order, and undone together, in the
reverse order. What is seen must be exactly what they say.
"""

import json
import time
from dataclasses import dataclass, field

from .ecu import Ecu
from .errors import NotInTime, VecuError
from .health import Event, Health, describe

Check = tuple[str, str]
"""Partition ("-": the host or the supervisor) and fault or check, as in "brake vcpu_affinity"."""

SEEN_WITHIN, CLEARED_WITHIN = 60, 90  # seconds: generous, for an emulated ECU on a busy host
STEPS_FOR_A_LOOK = 40
"""Supervision steps within which everything was compared anew: sweep, domain list and a set of facts."""
OF_THE_EMULATOR = {("-", "supervisor_overrun")}
WITHOUT_VERDICT = {"facts_stale", "agent_absent"}
"""Faults that the cells name and that are no check of conformance."""


def checks(text: str) -> set[Check]:
    return {tuple(words.split()) for words in text.split(",") if words.strip()}


@dataclass(frozen=True)
class Cell:
    """Shell commands in dom0 that bring something about and undo it, and what must be seen meanwhile."""
    do: str
    undo: str
    faults: str = ""
    """Raised by it, cleared by its undoing, with the verdict `deviates`: "PARTITION FAULT, …". None: it is as declared."""
    verdicts: dict[str, str] = field(default_factory=dict)
    """What else `xhmctl conformance` shows then: "PARTITION CHECK": verdict."""
    on_the_way: str = ""
    """Faults that may come and go while the commands are carried out."""
    shows: str = ""
    """Succeeds when what was asked for has come about, where that takes a guest's time."""


@dataclass(frozen=True)
class Without:
    """A cell that has no meaning, and why."""
    reason: str


@dataclass(frozen=True)
class Row:
    """One check, and how it is provoked under each scheduler."""
    name: str
    cells: dict[str, Cell | Without]


TOGETHER = Row("all rows of this round together", {})


class Matrix:
    def __init__(self, ecu: Ecu, scheduler: str):
        self.ecu = ecu
        self.scheduler = scheduler
        self.health = Health(ecu)
        self.failures: list[str] = []
        self._told = ecu.start(["xhmctl", "--json", "events", "--follow", "--since", str(self.health.set_mark())])
        self._events: list[Event] = []
        """Of this round."""
        self._last = self.health.mark

    def walk(self, rounds: list[list[Row]]):
        """All cells of this scheduler's column; fails with a line for each row that is not as it must be."""
        left = list(rounds)
        while left:
            rows = left.pop(0)
            if not self._walk_round(rows):
                names = [row.name for later in left for row in later]
                self.failures += [f"{name}: not tried, for the ECU is not as it was before the rows above" for name in names]
                break
        assert not self.failures, f"{len(self.failures)} rows failed:\n  " + "\n  ".join(self.failures)

    def _walk_round(self, rows: list[Row]) -> bool:
        """Whether the ECU is again as it was before."""
        cells = [(row, row.cells[self.scheduler]) for row in rows]
        for row, cell in cells:
            if isinstance(cell, Without):
                self._say(row, f"has no meaning: {cell.reason}")
        cells = [(row, cell) for row, cell in cells if isinstance(cell, Cell)]
        before = self.verdicts()
        self._read_events(self.health.set_mark())
        self._events.clear()
        start = time.monotonic()
        failed = {}
        provoked = [(row, cell) for row, cell in cells if self._try(row, failed, lambda: self._carry_out(cell.do))]
        steps = self.health.status()["steps"]
        for row, cell in provoked:
            self._try(row, failed, lambda: self._see(cell, steps))
        self._try(TOGETHER, failed, lambda: self._see_nothing_else([cell for _, cell in provoked]))
        seen = time.monotonic()
        for row, cell in reversed(cells):
            self._try(row, failed, lambda: self._carry_out(cell.undo))
        for row, cell in provoked:
            self._try(row, failed, lambda: self._see_cleared(cell))
        restored = self._try(TOGETHER, failed, lambda: self._see_as_before(before))
        self._try(TOGETHER, failed, lambda: self._expect_no_other_fault([cell for _, cell in cells]))
        for row, cell in cells:
            self._say(row, f"FAILED: {failed[row.name]}" if row.name in failed else _outcome(cell))
        print(f"      round of {len(cells)}: provoked and seen in {seen - start:.1f} s, undone and seen in {time.monotonic() - seen:.1f} s", flush=True)
        self.failures += [f"{name}: {why}" for name, why in failed.items()]
        return restored

    def _say(self, row: Row, what: str):
        print(f"      {self.scheduler:8} {row.name}: {what}", flush=True)

    def _try(self, row: Row, failed: dict[str, str], action) -> bool:
        """The first failure of a row is kept; those after it follow from it."""
        try:
            action()
            return True
        except (VecuError, AssertionError) as error:
            failed.setdefault(row.name, str(error))
            return False

    def _carry_out(self, commands: str):
        self.ecu.run(["sh", "-ec", commands], check=True, timeout=120)

    # What is seen ----------------------------------------------------------------------------------------------------

    def verdicts(self) -> dict[tuple[str, str, str], str]:
        """By partition, check and subject."""
        result = self.ecu.run(["xhmctl", "--json", "conformance"])
        assert result.status in (0, 1), f"`xhmctl conformance` ended with status {result.status}: {result.stderr.strip()}"
        return {(entry["partition"] or "-", entry["check"], entry["subject"]): entry["verdict"]
                for entry in json.loads(result.stdout)["checks"]}

    def _deviating(self) -> set[Check]:
        return {(partition, check) for (partition, check, _), verdict in self.verdicts().items() if verdict == "deviates"}

    def _await_verdicts(self, wanted, bound: float, what: str):
        self.ecu.wait_until(lambda: wanted(self.verdicts()), bound, what)

    def _see(self, cell: Cell, steps: int):
        if cell.shows:
            self.ecu.wait_until(lambda: self.ecu.run(cell.shows).status == 0, SEEN_WITHIN, f"`{cell.shows}`")
        for partition, fault in sorted(checks(cell.faults)):
            self._await_event("fault_raised", partition, fault, SEEN_WITHIN)
        if not cell.faults:
            self._await_steps(steps + STEPS_FOR_A_LOOK)
        for wanted, verdict in cell.verdicts.items():
            partition, check = wanted.split()
            self._await_verdicts(lambda all: {verdict} == {is_now for (p, c, _), is_now in all.items() if (p, c) == (partition, check)},
                                SEEN_WITHIN, f"the verdict {verdict} of {wanted}")

    def _see_nothing_else(self, cells: list[Cell]):
        """`xhmctl conformance` agrees."""
        wanted = {check for cell in cells for check in checks(cell.faults) if check[1] not in WITHOUT_VERDICT}
        try:
            self.ecu.wait_until(lambda: self._deviating() == wanted, SEEN_WITHIN, "exactly what was provoked to deviate")
        except VecuError as error:
            raise AssertionError(f"{error}; deviates, but should not: {_listed(self._deviating() - wanted)}; "
                                 f"should, but does not: {_listed(wanted - self._deviating())}") from error

    def _expect_no_other_fault(self, cells: list[Cell]):
        self._read_events(self.health.status()["last_sequence"])
        allowed = OF_THE_EMULATOR.union(*(checks(cell.faults) | checks(cell.on_the_way) for cell in cells))
        others = [event for event in self._events
                  if event["kind"] == "fault_raised" and (event["partition"] or "-", event["fault_name"]) not in allowed]
        assert not others, "faults that nobody provoked:\n    " + "\n    ".join(describe(event) for event in others)

    def _see_cleared(self, cell: Cell):
        for partition, fault in sorted(checks(cell.faults)):
            self._await_event("fault_cleared", partition, fault, CLEARED_WITHIN)

    def _see_as_before(self, before: dict):
        self._await_verdicts(lambda now: now == before, CLEARED_WITHIN, "the verdicts to be as before")
        self.health.await_ok(CLEARED_WITHIN)

    def _await_steps(self, number: int):
        self.ecu.wait_until(lambda: self.health.status()["steps"] >= number, SEEN_WITHIN, f"supervision step {number}")

    def _await_event(self, kind: str, partition: str, fault: str, bound: float):
        end = time.monotonic() + bound
        while not any((event["kind"], event["partition"] or "-", event["fault_name"]) == (kind, partition, fault) for event in self._events):
            try:
                self._read_event(end - time.monotonic())
            except NotInTime as error:
                raise NotInTime(f"no {kind} {partition} {fault} within {bound:.0f} s") from error

    def _read_event(self, bound: float):
        self._events.append(json.loads(self._told.next_line(max(bound, 0))))
        self._last = self._events[-1]["sequence"]

    def _read_events(self, sequence: int):
        """All up to this one."""
        while self._last < sequence:
            self._read_event(SEEN_WITHIN)


def _outcome(cell: Cell) -> str:
    if cell.faults:
        return f"raised and cleared {cell.faults}"
    return "no fault; " + ", ".join(f"{check} {verdict}" for check, verdict in cell.verdicts.items())


def _listed(names: set[Check]) -> str:
    return ", ".join(sorted(" ".join(name) for name in names)) or "nothing"
