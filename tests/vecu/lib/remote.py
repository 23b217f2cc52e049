"""Runs commands inside a running ECU over its command channels; guest/exec_server.c is the other side.

A command in dom0 takes one of the machine's channels for its whole time. A command in a partition is the same protocol
once more inside a command in dom0 that relays it (guest/vchan_pipe.c).
"""

import contextlib
import fcntl
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from . import frames
from .errors import NotInTime, VecuError
from .machine import CHANNELS, Machine

PARTITION_CHANNELS = 2
RELAY_BOUND = 20
INPUT_CHUNK = 16 * 1024
LAST_SAID = 2000


@dataclass
class Result:
    """What a command left behind."""
    stdout: str
    stderr: str
    status: int


class _Port:
    """The bytes of one channel into dom0."""

    def __init__(self, machine: Machine, bound: float):
        self._locks = contextlib.ExitStack()
        path = _free(self._locks, machine.folder, "exec", CHANNELS, bound, f"command channel into ECU {machine.name}")
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._locks.close()
            raise VecuError(f"connecting to ECU {machine.name} at {path}: {error.strerror} (is it up?)") from error

    def send(self, data: bytes, bound: float):
        self._socket.settimeout(bound)
        self._socket.sendall(data)

    def receive(self, bound: float) -> bytes | None:
        """Some bytes; nothing (b"") at the end; None when the time is up."""
        self._socket.settimeout(max(bound, 0.001))
        try:
            return self._socket.recv(65536)
        except TimeoutError:
            return None
        except ConnectionError:  # QEMU ended with bytes under way
            return b""

    def fileno(self):
        return self._socket.fileno()

    def close(self):
        self._socket.close()
        self._locks.close()


class _Relay:
    """The bytes of one channel into a partition: input and output of a relaying command in dom0."""

    def __init__(self, machine: Machine, domain: str, bound: float):
        self._locks = contextlib.ExitStack()
        slot = _free(self._locks, machine.folder, f"in-{domain}-", PARTITION_CHANNELS, bound,
                     f"command channel into {domain} of ECU {machine.name}")
        script = 'domid=$(xl domid "$0") && exec /usr/lib/vecu/vchan_pipe connect "$domid" "data/vecu/exec$1" "$2"'
        number = slot.name.removeprefix(f"in-{domain}-")
        self._domain = domain
        self._command = Command(machine, ["/bin/sh", "-c", script, domain, number, str(int(min(RELAY_BOUND, bound)) or 1)],
                                bound=bound)
        self._said = b""

    def send(self, data: bytes, bound: float):
        self._command.write(data, bound)

    def receive(self, bound: float) -> bytes | None:
        event = self._command.next_event(bound)
        if event is None:
            return None
        kind, data = event
        if kind == "stdout":
            return data
        if kind == "stderr":
            self._said += data
            return None
        raise VecuError(f"the command channel into {self._domain} ended: {self._said.decode(errors='replace').strip() or data}")

    def fileno(self):
        return self._command.fileno()

    def close(self):
        self._command.close()
        self._locks.close()


def _free(locks: contextlib.ExitStack, folder: Path, prefix: str, count: int, bound: float, what: str) -> Path:
    """The first of the numbered channels that nobody uses, locked until locks is closed."""
    end = time.monotonic() + bound
    while True:
        for number in range(count):
            try:
                lock = open(folder / f"{prefix}{number}.lock", "w")
            except FileNotFoundError as error:
                raise VecuError(f"looking for a {what}: there is no such ECU ({folder} is missing); `vecu up` starts one") from error
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            locks.enter_context(lock)
            return folder / f"{prefix}{number}"
        if time.monotonic() > end:
            raise NotInTime(f"no free {what} within {bound:.0f} s: all {count} are in use")
        time.sleep(0.02)


class Command:
    """A command that runs in the ECU. Iterate its events, or let finish() collect them."""

    def __init__(self, machine: Machine, words: list[str], in_domain: str | None = None, terminal: bool = False,
                 bound: float = 30):
        self.words = words
        self.where = in_domain or "dom0"
        self.status: int | None = None
        self._session = frames.new_session()
        self._decoder = frames.Decoder(self._session)
        self._events: list[tuple[str, bytes]] = []
        end = time.monotonic() + bound
        self._stream = _Relay(machine, in_domain, bound) if in_domain not in (None, "dom0", "Domain-0") else _Port(machine, bound)
        try:
            flags = b"\1" if terminal else b"\0"
            arguments = b"".join(word.encode(errors="surrogateescape") + b"\0" for word in words)
            self._send(b"X", flags + arguments, bound)
            while (event := self.next_event(end - time.monotonic())) is None or event[0] != "started":
                if time.monotonic() >= end:
                    raise NotInTime(f"{self.where} of ECU {machine.name} did not start `{' '.join(words)}` within {bound:.0f} s")
        except BaseException:
            self.close()
            raise

    def _send(self, kind: bytes, data: bytes = b"", bound: float = 30):
        try:
            self._stream.send(frames.encode(self._session, kind, data), bound)
        except TimeoutError as error:
            raise NotInTime(f"{self.where} took no input for `{' '.join(self.words)}` within {bound:.0f} s") from error
        except OSError as error:
            raise VecuError(f"sending to `{' '.join(self.words)}` in {self.where}: {error.strerror}") from error

    def write(self, data: bytes, bound: float = 30):
        for at in range(0, len(data), INPUT_CHUNK):
            self._send(b"I", data[at:at + INPUT_CHUNK], bound)

    def end_input(self):
        self._send(b"E")

    def signal(self, number: int = signal.SIGTERM):
        self._send(b"K", bytes([number]))

    def fileno(self):
        return self._stream.fileno()

    def next_event(self, bound: float) -> tuple[str, bytes] | None:
        """("started", …), ("stdout", bytes), ("stderr", bytes), ("ended", …), or None when the time is up."""
        if not self._events:
            data = self._stream.receive(bound)
            if data == b"":
                raise VecuError(f"the ECU ended while `{' '.join(self.words)}` ran in {self.where}")
            self._take(data or b"")
        if not self._events:
            return None
        event = self._events.pop(0)
        if event[0] == "ended":
            self.status = event[1][0]
        return event

    def _take(self, data: bytes):
        for kind, content in self._decoder.feed(data):
            if kind == b"F":
                raise VecuError(f"{self.where} cannot run `{' '.join(self.words)}`: {content.decode(errors='replace')}")
            name = {b"A": "started", b"O": "stdout", b"R": "stderr", b"S": "ended"}.get(kind)
            if name:
                self._events.append((name, content))

    def events(self, bound: float):
        """Every event until the command has ended; NotInTime if that takes longer than the bound."""
        end = time.monotonic() + bound
        while True:
            left = end - time.monotonic()
            event = self.next_event(left) if left > 0 else None
            if event:
                yield event
                if event[0] == "ended":
                    return
            elif time.monotonic() >= end:
                raise NotInTime(f"`{' '.join(self.words)}` in {self.where} did not end within {bound:.0f} s")

    def finish(self, bound: float) -> Result:
        output = {"stdout": b"", "stderr": b""}
        try:
            for kind, data in self.events(bound):
                if kind in output:
                    output[kind] += data
        except NotInTime as error:
            said = (output["stdout"] + output["stderr"]).decode(errors="replace").strip()
            raise NotInTime(f"{error}; it said last: {said[-LAST_SAID:] or 'nothing'}") from error
        finally:
            self.close()
        return Result(output["stdout"].decode(errors="replace"), output["stderr"].decode(errors="replace"), self.status)

    def close(self):
        """Gives the channel back; the other side kills the command if it still runs."""
        self._stream.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def run(machine: Machine, words: list[str], in_domain: str | None = None, stdin: bytes = b"", bound: float = 30) -> Result:
    end = time.monotonic() + bound
    command = Command(machine, words, in_domain, bound=bound)
    try:
        command.write(stdin, bound)
        command.end_input()
    except BaseException:
        command.close()
        raise
    return command.finish(max(end - time.monotonic(), 0.001))


PUSH = 'mkdir -p "$(dirname "$0")" && cat >"$0.part" && chmod "$1" "$0.part" && mv "$0.part" "$0"'


def push(machine: Machine, file: Path, target: str, bound: float = 60):
    """Puts a file into dom0; it appears complete or not at all, also where a running program has the old one open."""
    mode = f"{file.stat().st_mode & 0o777:o}"
    result = run(machine, ["/bin/sh", "-c", PUSH, target, mode], stdin=file.read_bytes(), bound=bound)
    if result.status != 0:
        raise VecuError(f"pushing {file} to {target} in dom0: {result.stderr.strip() or f'status {result.status}'}")
