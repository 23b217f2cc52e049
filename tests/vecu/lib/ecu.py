"""One virtual ECU as tests and commands use it. Every wait has a bound, every failure says what was awaited."""

import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from . import configuration as configurations, remote, snapshot, waiting
from .configuration import Configuration
from .errors import NotInTime, VecuError
from .machine import Machine
from .remote import Result

CONSOLE_LOGS = "/var/log/xen/console"
LOG_BOUND = 20


@dataclass(frozen=True)
class Domain:
    """A line of `xl list -v`."""
    name: str
    domid: int
    memory_mib: int
    vcpus: int
    state: str
    uuid: str


@dataclass(frozen=True)
class Vcpu:
    """A line of `xl vcpu-list`; hard is the hard affinity as Xen keeps it ("all" or a list like "1,3-4")."""
    domain: str
    number: int
    pcpu: str
    hard: str


class Stream:
    """A command that runs while the test goes on; lines of its standard output can be awaited."""

    def __init__(self, command: remote.Command):
        self._command = command
        self._partial = ""
        self._lines: list[str] = []
        self.seen: list[str] = []
        self.stderr = ""
        self.status: int | None = None

    def next_line(self, bound: float) -> str:
        """The next line, without its end; EOFError when the command has ended and said all."""
        end = time.monotonic() + bound
        while not self._lines:
            if self.status is not None:
                raise EOFError(f"`{' '.join(self._command.words)}` ended with status {self.status}: {self.stderr.strip()}")
            left = end - time.monotonic()
            if left <= 0:
                raise NotInTime(f"`{' '.join(self._command.words)}` printed no further line within {bound:.0f} s")
            self._take(self._command.next_event(left))
        self.seen.append(self._lines.pop(0))
        return self.seen[-1]

    def _take(self, event):
        kind, data = event or (None, b"")
        if kind == "stdout":
            *lines, self._partial = (self._partial + data.decode(errors="replace")).split("\n")
            self._lines += lines
        elif kind == "stderr":
            self.stderr += data.decode(errors="replace")
        elif kind == "ended":
            self.status = self._command.status
            if self._partial:
                self._lines.append(self._partial)

    def wait_for(self, pattern: str, bound: float) -> str:
        """The next line in which the regular expression is found; earlier ones are passed over (see seen)."""
        end = time.monotonic() + bound
        while True:
            try:
                line = self.next_line(max(end - time.monotonic(), 0))
            except (NotInTime, EOFError) as error:
                said = "\n  ".join(self.seen[-10:]) or "nothing"
                raise NotInTime(f"waiting at most {bound:.0f} s for a line with {pattern!r}: {error}\nlast lines:\n  {said}") from error
            if re.search(pattern, line):
                return line

    def write(self, data: bytes):
        self._command.write(data)

    def end_input(self):
        self._command.end_input()

    def signal(self, number: int = signal.SIGTERM):
        self._command.signal(number)

    def wait(self, bound: float) -> int:
        """The exit status of the command."""
        end = time.monotonic() + bound
        while self.status is None:
            left = end - time.monotonic()
            if left <= 0:
                raise NotInTime(f"`{' '.join(self._command.words)}` did not end within {bound:.0f} s")
            self._take(self._command.next_event(left))
        return self.status

    def close(self):
        """Kills the command if it still runs."""
        self._command.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Ecu:
    def __init__(self, name: str = "ecu"):
        self.machine = Machine(name)
        self._streams: list[Stream] = []

    @property
    def name(self) -> str:
        return self.machine.name

    # Life ------------------------------------------------------------------------------------------------------------

    def restore(self, configuration: Configuration):
        """Brings up a copy of the moment at which everything was up, booting the configuration first if nobody has yet."""
        snapshot.restore(self.machine, configuration, configurations.images(configuration))

    def boot(self, configuration: Configuration, keep: bool = False):
        """Boots from power-on, without a snapshot. With keep, an ECU that does not come up is left for a look."""
        snapshot.boot(self.machine, configuration, configurations.images(configuration), keep)

    def down(self):
        for stream in self._streams:
            stream.close()
        self._streams.clear()
        self.machine.stop()

    # Commands --------------------------------------------------------------------------------------------------------

    def run(self, command: str | list[str], in_domain: str | None = None, timeout: float = 30, stdin: bytes = b"",
            check: bool = False) -> Result:
        """Runs a shell line (str) or exact words (list) to its end. With check, another status than 0 is a failure."""
        words = _words(command)
        result = remote.run(self.machine, words, in_domain, stdin, timeout)
        if check and result.status != 0:
            raise VecuError(f"`{command}` in {in_domain or 'dom0'} of ECU {self.name} ended with status {result.status}:\n"
                            f"{result.stdout}{result.stderr}")
        return result

    def start(self, command: str | list[str], in_domain: str | None = None) -> Stream:
        """Starts a command that goes on running; it is killed when the stream is closed or the ECU goes down."""
        stream = Stream(remote.Command(self.machine, _words(command), in_domain))
        self._streams.append(stream)
        return stream

    def push(self, file: Path, target: str):
        remote.push(self.machine, Path(file), target)

    def wait_until(self, predicate, bound: float, what: str):
        """The first true answer of predicate()."""
        return waiting.wait_until(predicate, bound, what)

    # Observations ----------------------------------------------------------------------------------------------------

    def domains(self) -> dict[str, Domain]:
        """All domains by name, dom0 included."""
        result = {}
        for line in self.run(["xl", "list", "-v"], check=True).stdout.splitlines()[1:]:
            name, domid, memory, vcpus, state, _, uuid = line.split()[:7]
            result[name] = Domain(name, int(domid), int(memory), int(vcpus), state, uuid)
        return result

    def vcpus(self) -> list[Vcpu]:
        result = []
        for line in self.run(["xl", "vcpu-list"], check=True).stdout.splitlines()[1:]:
            name, _, number, pcpu, _, _, hard = line.split()[:7]
            result.append(Vcpu(name, int(number), pcpu, hard))
        return result

    def console(self, domain: str) -> str:
        """What the domain has said on its console so far; "dom0" and "xen" share the machine's serial port."""
        if domain in ("dom0", "Domain-0", "xen"):
            return self.machine.path("serial.log").read_text(errors="replace")
        return self.run(["cat", f"{CONSOLE_LOGS}/guest-{domain}.log"], check=True).stdout

    def keep_logs(self, folder: Path):
        """Writes everything that tells what happened into the folder, as far as the ECU still answers."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("serial.log", "qemu.log", "description.json", "command"):
            if self.machine.path(name).exists():
                (folder / name).write_bytes(self.machine.path(name).read_bytes())
        if not self.machine.running():
            return
        asked = {
            "journal.log": "journalctl -b --no-pager -o short-precise",
            "xl.log": "xl list -v; xl vcpu-list; xl dmesg; tail -n 50 /var/log/xen/xl-*.log",
            "consoles.log": f"tail -n +1 {CONSOLE_LOGS}/*.log",
        }
        for name, command in asked.items():
            try:
                result = self.run(command, timeout=LOG_BOUND)
                (folder / name).write_text(result.stdout + result.stderr)
            except VecuError as error:
                (folder / name).write_text(f"(not to be had, and nothing after it was asked for: {error})\n")
                return


def _words(command: str | list[str]) -> list[str]:
    return ["/bin/sh", "-c", command] if isinstance(command, str) else list(command)
