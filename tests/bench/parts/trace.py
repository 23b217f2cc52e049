"""Reads what strace wrote: system calls, and which of them are hypercalls."""

import re
from dataclasses import dataclass, field

CALL = re.compile(r"^(?:(?P<pid>\d+)\s+)?(?P<time>\d+\.\d+)?\s*(?P<name>[a-z_0-9]+)\((?P<arguments>.*)")
RESUMED = re.compile(r"<\.\.\. [a-z_0-9]+ resumed>")
# privcmd's IOCTL_PRIVCMD_HYPERCALL is _IOC(_IOC_NONE, 'P', 0, 48); its other requests map foreign memory.
HYPERCALL = re.compile(r"/dev/xen/privcmd>, _IOC\(_IOC_NONE, 0x50, 0, 0x30\)")


@dataclass(frozen=True)
class Call:
    name: str
    arguments: str

    @property
    def is_hypercall(self) -> bool:
        return self.name == "ioctl" and HYPERCALL.search(self.arguments) is not None

    @property
    def reads_clock(self) -> bool:
        """On hardware these are answered by the vDSO and are no system calls; under this PV dom0 they are."""
        return self.name in ("clock_gettime", "gettimeofday", "time")

    @property
    def reads_timer(self) -> bool:
        return self.name == "read" and "timerfd" in self.arguments

    @property
    def polls(self) -> bool:
        """Asks for events, waiting or not."""
        return self.name.startswith("epoll_") and self.name != "epoll_ctl"

    @property
    def waits(self) -> bool:
        """A poll with time-out 0 looks for more within the same turn."""
        found = re.search(r", (-?\d+)(?:, NULL, \d+)?\)\s*=", self.arguments)
        return self.polls and (not found or found.group(1) != "0")


@dataclass
class Count:
    calls: int = 0  # without the clock's
    hypercalls: int = 0
    clock: int = 0
    names: dict = field(default_factory=dict)

    def add(self, call: Call):
        if call.reads_clock:
            self.clock += 1
            return
        self.calls += 1
        self.hypercalls += call.is_hypercall
        self.names[call.name] = self.names.get(call.name, 0) + 1


def parse(text: str) -> list[Call]:
    """Every call once: what strace prints in two parts counts where it began."""
    calls = []
    for line in text.splitlines():
        found = CALL.match(line)
        if found and not RESUMED.search(line):
            calls.append(Call(found["name"], found["arguments"]))
    return calls


def count(calls: list[Call]) -> Count:
    result = Count()
    for call in calls:
        result.add(call)
    return result


def turns(calls: list[Call]) -> list[list[Call]]:
    """From one wait for events to the next; the first and the last are not whole."""
    return _split(calls, lambda call: call.waits)


def dispatches(calls: list[Call]) -> list[list[Call]]:
    """From one poll to the next, waiting or not: sd-event serves one source after each."""
    return _split(calls, lambda call: call.polls)


def _split(calls: list[Call], begins) -> list[list[Call]]:
    parts: list[list[Call]] = [[]]
    for call in calls:
        if begins(call):
            parts.append([])
        parts[-1].append(call)
    return parts[1:-1]
