"""Runs a trace (client/simulation/trace.h) on the real Xen: the same file says in virtual time what should happen
(`xhmctl policy simulate`) and is held against a running ECU here.

Of the commands and expectations of a trace these have a meaning on a real ECU; any other is an error, never skipped. Times:
what an `at` line says happens not before its time; `within D` lasts D from then on, and a patience for the emulator.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from .ecu import Ecu
from .errors import VecuError
from .health import Health, describe

PATIENCE = 30
"""Seconds that software emulation may add to what takes D on an ECU: guest boots, xl."""
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}


@dataclass
class Line:
    number: int
    words: list[str]

    def fail(self, why: str):
        raise VecuError(f"line {self.number}: {' '.join(self.words)}: {why}")


def seconds(text: str) -> float:
    unit = text.lstrip("0123456789")
    return int(text[:len(text) - len(unit)]) * UNITS[unit]


def read(file: Path) -> list[Line]:
    lines = [Line(number, text.split("#", 1)[0].split()) for number, text in enumerate(file.read_text().splitlines(), 1)]
    return [line for line in lines if line.words]


def title(file: Path) -> str:
    """The comment in the first line: what the trace shows."""
    return file.read_text().splitlines()[0].lstrip("# ")


class Player:
    def __init__(self, ecu: Ecu):
        self.ecu = ecu
        self.health = Health(ecu)
        self.health.await_ok()
        self.health.set_mark()
        self.start: float | None = None
        self.mark_of_line = self.health.mark

    def play(self, lines: list[Line]):
        for line in lines:
            kind, *rest = line.words
            if kind == "at":
                self._at(line, seconds(rest[0]), rest[1:])
            elif kind == "within" and rest[1] == "expect":
                self._within(line, seconds(rest[0]), rest[2:])
            elif line.words[:2] == ["not", "within"] and rest[2] == "expect":
                self._not_within(line, seconds(rest[1]), rest[3:])
            else:
                line.fail("is no line that can be played on a real ECU")

    def _at(self, line: Line, when: float, words: list[str]):
        if words[0] == "start":
            return
        if self.start is None:  # all runs and is healthy: the time that virtual time needs for that is passed over
            self.start = time.monotonic() - when
        time.sleep(max(0.0, self.start + when - time.monotonic()))
        if words[0] == "expect":
            self._within(line, 0, words[1:])
            return
        self.mark_of_line = self.health.status()["last_sequence"]
        name = words[0].replace("-", "_")
        command = getattr(self, f"_do_{name}", None)
        if command is None:
            line.fail("has no meaning on a real ECU")
        command(*words[1:])

    def _within(self, line: Line, bound: float, words: list[str]):
        end = time.monotonic() + bound + PATIENCE
        while not self._holds(line, words):
            if time.monotonic() > end:
                told = "\n  ".join(describe(event) for event in self.health.events(self.mark_of_line)[-15:])
                line.fail(f"did not hold within {bound} s and {PATIENCE} s of patience; events:\n  {told}")

    def _not_within(self, line: Line, bound: float, words: list[str]):
        end = time.monotonic() + bound
        while time.monotonic() < end:
            if self._holds(line, words):
                line.fail("held, and must not")
            time.sleep(0.5)

    # Expectations ----------------------------------------------------------------------------------------------------

    def _holds(self, line: Line, words: list[str]) -> bool:
        kind, *rest = words
        if kind in ("fault", "cleared"):
            return any(self._matches_fault(event, kind, rest) for event in self.health.events(self.mark_of_line))
        if kind == "event":
            return any(self._matches_event(event, rest) for event in self.health.events(self.mark_of_line))
        if kind == "count" and rest[1] in ("fault", "event"):
            matches = self._matches_event if rest[1] == "event" else lambda event, words: self._matches_fault(event, "fault", words)
            return sum(matches(event, rest[2:]) for event in self.health.events(self.health.mark)) == int(rest[0])
        if kind == "status":
            status = self.health.status()
            return (status if rest[0] == "ecu" else self._partition(status, rest[0]))["status"].lower() == rest[1]
        if kind == "life":
            return self._partition(self.health.status(), rest[0])["life"].lower() == rest[1]
        if kind == "faultless":
            return not self._partition(self.health.status(), rest[0])["faults"]
        line.fail("has no meaning on a real ECU")
        return False

    @staticmethod
    def _partition(status: dict, name: str) -> dict:
        return next(entry for entry in status["partitions"] if entry["name"] == name)

    @staticmethod
    def _is_about(event: dict, name: str) -> bool:
        return name == "any" or event.get("partition", "") == ("" if name == "ecu" else name)

    def _matches_fault(self, event: dict, kind: str, words: list[str]) -> bool:
        return (event["kind"] == {"fault": "fault_raised", "cleared": "fault_cleared"}[kind] and self._is_about(event, words[0])
                and words[1] in ("any", event["fault_name"]) and (len(words) < 3 or event.get("entity") == words[2]))

    def _matches_event(self, event: dict, words: list[str]) -> bool:
        return event["kind"] == words[1] and self._is_about(event, words[0])

    # Commands --------------------------------------------------------------------------------------------------------

    def _xl(self, *words: str):
        self.ecu.run(["xl", *words], check=True)

    def _signal(self, program: str, name: str):
        self.ecu.run(["pkill", f"-{name}", "-x", program], check=True)

    def _do_nothing(self):
        pass

    def _do_hang(self, partition: str, entity: str):
        self.ecu.run(["xhmctl", "inject", "hang", partition, "--entity", entity], check=True)

    def _do_crash(self, partition: str):
        self.ecu.run(["xhmctl", "inject", "crash", partition], check=True)

    def _do_destroy(self, partition: str):
        self._xl("destroy", partition)

    def _do_pause(self, partition: str):
        self._xl("pause", partition)

    def _do_unpause(self, partition: str):
        self._xl("unpause", partition)

    def _do_pin(self, partition: str, vcpu: str, pcpu: str):
        self._xl("vcpu-pin", partition, vcpu, pcpu)

    def _do_memory_limit(self, partition: str, size: str):
        self._xl("mem-max", partition, size.removesuffix("MiB"))

    def _do_restart(self, partition: str):
        self.ecu.run(["xhmctl", "restart", partition], check=True)

    def _do_supervisor_restart(self, *_):
        self.ecu.run(["systemctl", "restart", "xhmd"], check=True)

    def _do_overrun(self, duration: str):
        self._signal("xhmd", "STOP")
        time.sleep(seconds(duration))
        self._signal("xhmd", "CONT")

    def _do_xenstore(self, how: str):
        self._signal("xenstored", {"stalls": "STOP", "answers": "CONT"}[how])

    def _do_agent(self, how: str):
        self._signal("xhm-agent", {"silent": "STOP", "speaks": "CONT"}[how])
