"""One QEMU process: the hardware of one virtual ECU, with its run folder.

The run folder holds the monitor's socket (qmp), the sockets of the command channels (exec0 …), the process id (pid), what
the ECU is (description.json) and the logs: serial.log is Xen's and dom0's console, qemu.log what QEMU itself said.
"""

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from . import paths
from .errors import NotInTime, VecuError
from .qmp import Qmp

PROGRAM = "qemu-system-x86_64"
CHANNELS = 8
LAST_LINES = 25
PRIORITY = -10


@dataclass(frozen=True)
class Hardware:
    """Everything that QEMU is told and that a snapshot depends on."""
    xen: Path
    kernel: Path
    initrd: Path
    root: Path
    xen_arguments: str
    kernel_arguments: str
    memory_mib: int = 1536
    cpus: int = 4
    kvm: bool = False
    xen_policy: Path | None = None

    def arguments(self) -> list[str]:
        # SMAP and SMEP: with them a PV dom0 dies in early boot under TCG.
        machine = (["-accel", "kvm", "-cpu", "host"] if self.kvm
                   else ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max,-smap,-smep"])
        return [
            PROGRAM, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-machine", "pc", *machine,
            "-smp", str(self.cpus), "-m", str(self.memory_mib), "-rtc", "base=utc,clock=vm",
            "-kernel", str(self.xen), "-append", self.xen_arguments,
            "-initrd", ",".join([f"{self.kernel} {self.kernel_arguments}", str(self.initrd), *([str(self.xen_policy)] if self.xen_policy else [])]),
            "-drive", f"if=none,id=root,format=raw,readonly=on,file={self.root}", "-device", "virtio-blk-pci,drive=root",
        ]


class Machine:
    """A running (or no longer running) QEMU, found by the name of its ECU."""

    def __init__(self, name: str):
        self.name = name
        self.folder = paths.runs() / name

    def path(self, name: str) -> Path:
        return self.folder / name

    # Life ------------------------------------------------------------------------------------------------------------

    def start(self, hardware: Hardware, description: dict, incoming: str | None = None):
        """Starts QEMU and returns when its monitor answers; with incoming, the machine waits for that state."""
        if self.running():
            raise VecuError(f"ECU {self.name} is already up (QEMU has process id {self.pid()}); `vecu down` ends it")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, mode=0o700)
        command = hardware.arguments()
        command += ["-name", f"vecu-{self.name}", "-qmp", f"unix:{self.path('qmp')},server=on,wait=off",
                    "-serial", f"file:{self.path('serial.log')}",
                    "-device", f"virtio-serial-pci,max_ports={CHANNELS + 1}"]
        for number in range(CHANNELS):
            command += ["-chardev", f"socket,id=exec{number},path={self.path(f'exec{number}')},server=on,wait=off",
                        "-device", f"virtserialport,nr={number + 1},chardev=exec{number},name=vecu-exec{number}"]
        if incoming:
            command += ["-incoming", incoming]
        self.path("description.json").write_text(json.dumps(description, indent=2) + "\n")
        self.path("command").write_text(shlex.join(command) + "\n")
        with open(self.path("qemu.log"), "w") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                       preexec_fn=_prefer)
        self.path("pid").write_text(f"{process.pid} {_started(process.pid)}\n")
        end = time.monotonic() + 20
        while not self.path("qmp").exists():
            if process.poll() is not None:
                raise VecuError(f"starting ECU {self.name}: QEMU ended with status {process.returncode}:\n"
                                + self.path("qemu.log").read_text())
            if time.monotonic() > end:
                self.stop()
                raise NotInTime(f"starting ECU {self.name}: QEMU made no monitor socket within 20 s")
            time.sleep(0.01)

    def pid(self) -> int | None:
        """The process id of this ECU's QEMU, if that very process still runs."""
        try:
            pid, started = self.path("pid").read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return int(pid) if _started(int(pid)) == started else None

    def running(self) -> bool:
        return self.pid() is not None

    def stop(self):
        """Ends exactly the process that start() started; its logs stay."""
        pid = self.pid()
        if pid is None:
            return
        for number, bound in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
            end = time.monotonic() + bound
            while self.running():
                if time.monotonic() > end:
                    break
                _reap(pid)
                time.sleep(0.01)
            else:
                self.path("pid").unlink(missing_ok=True)
                return
        raise VecuError(f"stopping ECU {self.name}: QEMU (process {pid}) is still there after SIGKILL")

    def forget(self):
        """Removes the run folder of an ECU that is down."""
        if not self.running():
            shutil.rmtree(self.folder, ignore_errors=True)

    # State -----------------------------------------------------------------------------------------------------------

    def monitor(self, bound: float = 10) -> Qmp:
        return Qmp(self.path("qmp"), bound)

    def save(self, file: Path, bound: float):
        """Stops the machine's time and writes all of its state to the file. The machine stays stopped."""
        with self.monitor() as monitor:
            monitor.command("stop")
            monitor.command("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
            monitor.command("migrate", uri=f"exec:cat > {shlex.quote(str(file))}")
            monitor.wait_for(f"saving ECU {self.name}", "query-migrate", "status", "completed", "failed", bound)

    def await_state(self, bound: float):
        """After a start with incoming: returns when the state has been read and the machine runs."""
        end = time.monotonic() + bound
        with self.monitor(bound) as monitor:
            while monitor.command("query-status")["status"] == "inmigrate":
                if time.monotonic() > end:
                    raise NotInTime(f"restoring ECU {self.name}: not done within {bound:.0f} s")
                time.sleep(0.01)
            monitor.command("cont")

    # Talk ------------------------------------------------------------------------------------------------------------

    def description(self) -> dict:
        try:
            return json.loads(self.path("description.json").read_text())
        except FileNotFoundError:
            return {}

    def last_console_lines(self) -> str:
        try:
            text = self.path("serial.log").read_bytes().decode(errors="replace")
        except FileNotFoundError:
            return "(no console output)"
        lines = [line.rstrip() for line in text.replace("\r", "").splitlines() if line.strip()]
        return "\n".join("  | " + line for line in lines[-LAST_LINES:]) or "(no console output)"


def _prefer():
    """The emulated ECU's time is the host's: where we may say so, compilers and the like come after it."""
    with contextlib.suppress(PermissionError, FileNotFoundError):
        os.nice(PRIORITY)
        Path("/proc/self/autogroup").write_text(str(PRIORITY))  # what counts between sessions, where the kernel has it


def _started(pid: int) -> str | None:
    """When the process was started (in the kernel's ticks): with the id it names one process and no later one."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            after_name = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if after_name[0] == "Z" else after_name[19]


def _reap(pid: int):
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass  # started by an earlier run of vecu: not our child
