"""Commands of the ECU on a person's terminal, or between the pipes of a script."""

import contextlib
import os
import selectors
import shutil
import signal
import sys
import termios
import tty

from .machine import Machine
from .remote import Command

START_BOUND = 30


def attach(machine: Machine, words: list[str], in_domain: str | None, terminal: bool = False, forward_input: bool = True) -> int:
    """Runs the command with this process's standard input, output and error; returns its exit status."""
    command = Command(machine, words, in_domain, terminal, START_BOUND)
    with command, _raw_terminal() if terminal else _interrupts_passed_to(command):
        waits = selectors.DefaultSelector()
        waits.register(command, selectors.EVENT_READ)
        if not forward_input:
            command.end_input()
        elif _pollable(sys.stdin):
            waits.register(sys.stdin, selectors.EVENT_READ)
        else:  # a regular file, always readable
            command.write(sys.stdin.buffer.read())
            command.end_input()
        while command.status is None:
            while (event := command.next_event(0)) is not None:
                _pass_on(*event)
            for key, _ in waits.select(1) if command.status is None else []:
                if key.fileobj is sys.stdin:
                    data = os.read(sys.stdin.fileno(), 16384)
                    if data:
                        command.write(data)
                    else:
                        command.end_input()
                        waits.unregister(sys.stdin)
        return command.status


def shell(machine: Machine, in_domain: str | None) -> int:
    columns, rows = shutil.get_terminal_size()
    name = os.environ.get("TERM", "linux")
    start = f"export TERM={name if name.isalnum() or '-' in name else 'linux'}; stty rows {rows} cols {columns}; cd; exec sh -i"
    return attach(machine, ["sh", "-c", start], in_domain, terminal=sys.stdin.isatty())


def _pollable(stream) -> bool:
    try:
        with selectors.DefaultSelector() as probe:
            probe.register(stream, selectors.EVENT_READ)
        return True
    except (PermissionError, ValueError):
        return False


def _pass_on(kind: str, data: bytes):
    out = {"stdout": sys.stdout, "stderr": sys.stderr}.get(kind)
    if out:
        out.buffer.write(data)
        out.buffer.flush()


@contextlib.contextmanager
def _raw_terminal():
    saved = termios.tcgetattr(sys.stdin)
    tty.setraw(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, saved)


@contextlib.contextmanager
def _interrupts_passed_to(command: Command):
    """Ctrl-C goes to the command; pressed again, it ends us, and with the channel the command."""
    def pass_on(number, _):
        signal.signal(number, signal.default_int_handler)
        command.signal(number)

    before = signal.signal(signal.SIGINT, pass_on)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
