"""xhmd's events as they come, through one `xhmctl events --follow`: asking again and again would load dom0's one vCPU."""

import json
import time
from collections.abc import Callable

from lib.ecu import Ecu
from lib.errors import NotInTime

Event = dict


class Events:
    def __init__(self, ecu: Ecu, since: int):
        self._stream = ecu.start(["xhmctl", "--json", "events", "--follow", "--since", str(since)])
        self._seen: list[Event] = []
        self._since_ns = 0

    def mark(self, since_ns: int):
        """From now on only events of this moment or later count."""
        self._since_ns = since_ns
        self._seen.clear()

    def first(self, matches: Callable[[Event], bool], bound: float, what: str) -> Event:
        """The first event since the mark that matches."""
        end = time.monotonic() + bound
        at = 0
        while True:
            while at < len(self._seen):
                if self._seen[at].get("monotonic_ns", 0) >= self._since_ns and matches(self._seen[at]):
                    return self._seen[at]
                at += 1
            try:
                self._seen.append(json.loads(self._stream.next_line(max(end - time.monotonic(), 0))))
            except NotInTime as error:
                kinds = [f"{event['kind']} {event.get('partition') or ''} {event.get('fault_name') or ''}" for event in self._seen]
                raise NotInTime(f"no event {what} within {bound:.0f} s; there were: {'; '.join(kinds[-40:])}") from error

    def of(self, partition: str, kind: str, bound: float, *faults: str) -> Event:
        return self.first(lambda event: event["kind"] == kind and event.get("partition") == partition
                          and (not faults or event.get("fault_name") in faults), bound, f"{kind} {partition} {' or '.join(faults)}")

    def close(self):
        self._stream.close()
