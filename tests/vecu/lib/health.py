"""What xhmd in the ECU says, through xhmctl: status, events, faults. For the demo, the tests and the benchmark."""

import json
import time
from collections.abc import Callable

from .ecu import Ecu
from .errors import NotInTime

Event = dict


class Health:
    """The supervisor's view of one running ECU. Events are asked for from a mark on, so that each test sees its own."""

    def __init__(self, ecu: Ecu):
        self.ecu = ecu
        self.mark = 0

    def status(self) -> dict:
        """The ECU's status; fails when the supervisor does not answer."""
        result = self.ecu.run(["xhmctl", "--json", "status"])
        assert result.status in (0, 1), f"`xhmctl status` ended with status {result.status}: {result.stderr.strip()}"
        return json.loads(result.stdout)

    def partition(self, name: str) -> dict:
        return next(entry for entry in self.status()["partitions"] if entry["name"] == name)

    def events(self, since: int | None = None) -> list[Event]:
        """All events after the mark (or a sequence number), oldest first."""
        since = self.mark if since is None else since
        result = self.ecu.run(["xhmctl", "--json", "events", "--since", str(since)], check=True)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def set_mark(self) -> int:
        """From now on only later events count."""
        self.mark = self.status()["last_sequence"]
        return self.mark

    def faults(self) -> list[dict]:
        """The fault memory."""
        return json.loads(self.ecu.run(["xhmctl", "--json", "faults"], check=True).stdout)["records"]

    def await_event(self, kind: str, bound: float, partition: str | None = None, fault: str | None = None) -> Event:
        """The first event after the mark that is of this kind (and partition, and fault)."""
        def matches(event: Event) -> bool:
            return (event["kind"] == kind and (partition is None or event.get("partition", "") == partition)
                    and (fault is None or event.get("fault_name") == fault))
        return self.await_match(matches, bound, " ".join(filter(None, (kind, partition, fault))))

    def await_match(self, matches: Callable[[Event], bool], bound: float, what: str) -> Event:
        end = time.monotonic() + bound
        while True:
            events = self.events()
            found = next((event for event in events if matches(event)), None)
            if found:
                return found
            if time.monotonic() > end:
                told = "\n  ".join(describe(event) for event in events[-15:]) or "none"
                raise NotInTime(f"waiting at most {bound:.0f} s for the event {what}; events since {self.mark}:\n  {told}")

    def await_ok(self, bound: float = 120):
        """Waits until the whole ECU is OK."""
        try:
            self.ecu.wait_until(lambda: self.ecu.run(["xhmctl", "status"]).status == 0, bound, "the ECU to be OK")
        except NotInTime as error:
            shown = self.ecu.run(["xhmctl", "status"])
            raise NotInTime(f"{error}; status:\n{shown.stdout}{shown.stderr}") from error

    def raised(self) -> list[Event]:
        """Faults raised after the mark."""
        return [event for event in self.events() if event["kind"] == "fault_raised"]

    def expect_no_fault(self, *allowed: str):
        """Fails when a fault other than those allowed was raised after the mark."""
        others = [event for event in self.raised() if event["fault_name"] not in allowed]
        assert not others, "faults that should not be:\n  " + "\n  ".join(describe(event) for event in others)

    def expect_no_restart(self, *allowed: str):
        """Fails when a partition other than those allowed was restarted after the mark."""
        others = [event for event in self.events()
                  if event["kind"] == "restart_decided" and event.get("partition") not in allowed]
        assert not others, "restarts that should not be:\n  " + "\n  ".join(describe(event) for event in others)

    def restarted(self, partition: str, bound: float = 120) -> tuple[int, int]:
        """Waits until a restart of the partition is done; returns the domids before and after."""
        decided = self.await_event("restart_decided", bound, partition)
        done = self.await_event("restart_done", bound, partition)
        ended = next((event for event in self.events() if event["kind"] == "instance_ended"
                      and event.get("partition") == partition), decided)
        return ended["domid"], done["domid"]


def seconds_between(first: Event, second: Event) -> float:
    """By the supervisor's monotonic clock."""
    return (second["monotonic_ns"] - first["monotonic_ns"]) / 1e9


def describe(event: Event) -> str:
    words = [str(event["sequence"]), event["kind"], event.get("partition", ""), event.get("entity", ""),
             event.get("fault_name", ""), str(event.get("values", ""))]
    return " ".join(word for word in words if word)


