"""`cycle`: instructions of one supervision cycle, counted by callgrind on the host. Exact, whatever else runs here."""

import re
import subprocess
import tempfile

from . import programs
from .table import Table

PARTITIONS = (1, 4, 16, 32)
CYCLES = 1000  # ten seconds of the benchmark's policy: whole sweeps
KINDS = ("all", "quiet", "list", "sweep")


SUPERVISIONS = {
    "basic": "alive, deadline misses, placement, memory",
    "full": "two deadlines, logical, guest clock, latency, its budget, and load as well; latency, load and memory debounced",
}


def measure(options) -> list[Table]:
    return [_table(supervision) for supervision in SUPERVISIONS]


def _table(supervision: str) -> Table:
    program = programs.built("cycle_bench")
    table = Table(f"cycle: instructions of one supervision cycle, supervision {supervision} "
                  "(core_plan + probe_reader_copy + core_step)",
                  ["partitions", "all", "per partition", "quiet", "with the list", "with vCPUs"])
    for partitions in PARTITIONS:
        counts = [_instructions(program, partitions, kind, supervision) for kind in KINDS]
        table.add(partitions, counts[0], round(counts[0] / partitions), *counts[1:])
    table.notes = [
        f"Supervised: {SUPERVISIONS[supervision]}.",
        f"Mean of {CYCLES} cycles of 10 ms, healthy; one entity, one exclusive vCPU, one page each; list every 100 ms, sweep in 1 s.",
        "quiet: no scheduled check. with vCPUs: look-ups of the sweep are judged in it (the list too, where both fall together);",
        "with one partition there are 2 vCPUs in each second, dom0's included. Xen's and the kernel's share is not in it.",
        f"gcc as meson's debugoptimized (-O2), {_version()}.",
    ]
    return table


def _instructions(program, partitions: int, kind: str, supervision: str) -> int:
    """Per measured cycle."""
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", "--toggle-collect=measured_cycle",
             "--toggle-collect=measured_plan", program, str(partitions), str(CYCLES), kind, supervision],
            capture_output=True, text=True)
    collected = re.search(r"Collected : (\d+)", result.stderr)
    if result.returncode != 0 or not collected:
        raise RuntimeError(f"cycle_bench under callgrind ended with status {result.returncode}:\n{result.stderr}")
    return round(int(collected.group(1)) / int(result.stdout))


def _version() -> str:
    return subprocess.run(["valgrind", "--version"], capture_output=True, text=True).stdout.strip()
