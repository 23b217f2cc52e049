"""xhmd's own loop without Xen, and clients that load its API; for the `api` part and for a test of it."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

CYCLE_MS = 10
OVERRUN_TOLERANCE_MS = 500
PARTITIONS = 4
PRIORITY = 50  # of SCHED_FIFO, as in xhmd.service


def _partition(index: int) -> str:
    return f"""
  - name: p{index}
    id: {index}
    identity:
      uuid: {index:08x}-0000-4000-8000-000000000000
    startup_grace: 5s
    memory:
      size: 96MiB
    vcpus:
      - pcpus: {index}
        exclusive: true
    entities:
      - name: loop
        id: 1
        checkpoints_per_second: 50
        alive:
          reference_cycle: 1s
          expected: 25
          min_margin: 20
          max_margin: 30
        deadline_miss:
          window: 1s
          limit: 3
    reactions:
      presence: report
      entity: report"""


def policy_text() -> str:
    return f"""schema: 1
ecu: bench
supervisor:
  cycle: {CYCLE_MS}ms
  crash_check_period: 100ms
  conformance_period: 1s
  overrun_tolerance: {OVERRUN_TOLERANCE_MS}ms
  probe_busy_tolerance: 1s
partitions:{"".join(_partition(i + 1) for i in range(PARTITIONS))}
access:
  - uid: {os.getuid()}
    roles: [observer, operator]
"""


@dataclass(frozen=True)
class Step:
    due_ns: int
    now_ns: int
    ticks: int

    @property
    def late_us(self) -> float:
        return (self.now_ns - self.due_ns) / 1000


@dataclass
class Host:
    """The running loop; `steps` once it has ended."""
    process: subprocess.Popen
    folder: Path
    realtime: bool
    steps: list[Step] = field(default_factory=list)
    log: str = ""

    @property
    def socket(self) -> Path:
        return self.folder / "socket"

    def resident_kib(self) -> int:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise RuntimeError("/proc does not tell how much memory loop_host has")

    def cpu_seconds(self) -> float:
        """Of the supervision thread."""
        words = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def between(self, begin_ns: int, end_ns: int) -> list[Step]:
        return [step for step in self.steps if begin_ns <= step.due_ns < end_ns]


@contextlib.contextmanager
def running(xhmctl: Path, loop_host: Path, priority: int = PRIORITY):
    """The loop, until the block ends; its steps are known behind it. Without the right to a real-time priority it has
    none, and `realtime` says so."""
    folder = Path(tempfile.mkdtemp(prefix="xhm-api-"))
    try:
        (folder / "policy.yaml").write_text(policy_text())
        subprocess.run([xhmctl, "policy", "compile", folder / "policy.yaml", "-o", folder / "policy"], check=True,
                       stdout=subprocess.DEVNULL)
        host = _start(loop_host, folder, priority) or _start(loop_host, folder, 0)
        if host is None:
            raise RuntimeError("loop_host did not start")
        try:
            yield host
        finally:
            host.process.send_signal(signal.SIGTERM)
            status = host.process.wait(timeout=60)
            host.process.stdout.close()
        if status != 0:
            raise RuntimeError(f"loop_host ended with status {status}")
        host.steps = [Step(*map(int, line.split())) for line in (folder / "steps").read_text().splitlines()]
        host.log = (folder / "log").read_text()
    finally:
        shutil.rmtree(folder)


def _start(loop_host: Path, folder: Path, priority: int) -> Host | None:
    process = subprocess.Popen([loop_host, folder / "policy", folder, str(priority)], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.DEVNULL if priority else None)
    if process.stdout.readline().strip() == "ready":
        return Host(process, folder, priority > 0)
    process.wait(timeout=60)
    process.stdout.close()
    return None


@dataclass(frozen=True)
class Load:
    """What clients did, and between which times."""
    figures: dict
    begin_ns: int
    end_ns: int
    cpu_seconds: float

    @property
    def seconds(self) -> float:
        return self.figures["seconds"]

    def total(self, what: str, *kinds: str) -> int:
        return sum(value[what] for name, value in self.figures.items() if isinstance(value, dict) and (not kinds or name in kinds))


def load(api_load: Path, host: Host, milliseconds: int, clients: dict[str, int]) -> Load:
    """Clients of these kinds, all at once; without any, so much time passes."""
    begin, cpu = time.monotonic_ns(), host.cpu_seconds()
    if clients:
        result = subprocess.run([api_load, host.socket, str(milliseconds), *(f"{kind}={count}" for kind, count in clients.items())],
                                stdout=subprocess.PIPE, text=True, timeout=milliseconds / 1000 + 120)
        if result.returncode != 0:
            raise RuntimeError(f"api_load ended with status {result.returncode}")
        figures = json.loads(result.stdout)
    else:
        time.sleep(milliseconds / 1000)
        figures = {"seconds": milliseconds / 1000}
    end = begin + int(figures["seconds"] * 1e9)
    return Load(figures, begin, end, host.cpu_seconds() - cpu)
