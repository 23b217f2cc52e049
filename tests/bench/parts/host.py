"""This machine: what else runs on it, and what it is, so that a figure can be judged."""

import os
import platform
import re
import sys
import time
from pathlib import Path

LOOK_INTERVAL = 5


def say(text: str):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def emulators() -> list[int]:
    """Process ids of all QEMUs on this machine."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit():
                name, _, rest = (folder / "stat").read_text().partition(") ")
                if "(qemu-system" in name and not rest.startswith("Z"):
                    found.append(int(folder.name))
        except OSError:
            continue
    return found


def await_quiet(minutes: float) -> int:
    """Waits at most so long until no QEMU runs; returns how many still do."""
    end = time.monotonic() + minutes * 60
    others = emulators()
    if others:
        say(f"waiting at most {minutes:g} min for {len(others)} other QEMU to end")
    while others and time.monotonic() < end:
        time.sleep(LOOK_INTERVAL)
        others = emulators()
    return len(others)


def _jiffies() -> tuple[int, int]:
    """(all, idle) time of all CPUs."""
    numbers = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(numbers), numbers[3] + numbers[4]


def _own(pid: int) -> int:
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(words[11]) + int(words[12])
    except OSError:
        return 0


class Load:
    """What the machine was doing beside our QEMU while something was measured."""

    def __init__(self, own_pid: int | None = None):
        self.own_pid = own_pid
        self._begin = _jiffies()
        self._own_begin = _own(own_pid) if own_pid else 0
        self._start = time.monotonic()
        self.most_others = self._others()

    def _others(self) -> int:
        return len([pid for pid in emulators() if pid != self.own_pid])

    def look(self):
        self.most_others = max(self.most_others, self._others())

    def sentence(self) -> str:
        self.look()
        passed, idle = (end - begin for end, begin in zip(_jiffies(), self._begin))
        own = (_own(self.own_pid) - self._own_begin) if self.own_pid else 0
        other = max(passed - idle - own, 0)
        cpus = os.cpu_count()
        share = cpus / passed if passed else 0
        return (f"load while measuring ({time.monotonic() - self._start:.0f} s): our QEMU {own * share:.2f} CPUs, everything else "
                f"{other * share:.2f} of {cpus}, other QEMUs {self.most_others}, load average {os.getloadavg()[0]:.1f}")


def description() -> str:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return (f"{os.cpu_count()} CPUs ({model.group(1) if model else platform.machine()}); virtual ECU: Xen 4.17 in QEMU with "
            "software emulation (TCG), 4 emulated CPUs")
