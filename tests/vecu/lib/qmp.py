"""QEMU's monitor: one command, one answer, each within a bound."""

import json
import socket
import time
from pathlib import Path

from .errors import NotInTime, VecuError


class Qmp:
    def __init__(self, path: Path, bound: float = 10):
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(bound)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            raise VecuError(f"connecting to QEMU's monitor at {path}: {error.strerror or error}") from error
        self._lines = self._socket.makefile("r")
        self._answer("greeting")
        self.command("qmp_capabilities")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._lines.close()
        self._socket.close()

    def _answer(self, what: str) -> dict:
        try:
            line = self._lines.readline()
        except TimeoutError as error:
            raise NotInTime(f"QEMU's monitor at {self._path} gave no answer to {what} within "
                            f"{self._socket.gettimeout():.0f} s") from error
        except OSError as error:
            raise VecuError(f"reading QEMU's answer to {what} from {self._path}: {error.strerror}") from error
        if not line:
            raise VecuError(f"QEMU ended while its answer to {what} was awaited at {self._path}")
        return json.loads(line)

    def command(self, name: str, **arguments):
        try:
            self._socket.sendall(json.dumps({"execute": name, "arguments": arguments}).encode())
        except OSError as error:
            raise VecuError(f"sending {name} to QEMU's monitor at {self._path}: {error.strerror}") from error
        while True:
            answer = self._answer(name)
            if "error" in answer:
                raise VecuError(f"QEMU refused {name} {arguments or ''}: {answer['error'].get('desc')}")
            if "return" in answer:
                return answer["return"]

    def wait_for(self, what: str, command: str, field: str, wanted: str, failed: str, bound: float):
        """Asks again and again until the field of the answer is as wanted."""
        end = time.monotonic() + bound
        while True:
            answer = self.command(command)
            state = answer.get(field)
            if state == wanted:
                return
            if state == failed:
                raise VecuError(f"{what} failed: {answer.get('error-desc', answer)}")
            if time.monotonic() > end:
                raise NotInTime(f"{what} did not end within {bound:.0f} s; QEMU says {state}")
            time.sleep(0.01)
