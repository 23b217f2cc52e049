"""`turn`: what one API peer that reads can cost a supervision cycle at most: its turn, which is under way when the timer expires."""

import re
import subprocess
import tempfile

from . import programs
from .table import Table

KINDS = ("status", "conformance", "faults", "events", "policy_show", "facts_show", "heartbeat")
COUNTED_TURNS = 5
TIMED_TURNS = 2000


def measure(options) -> list[Table]:
    program = programs.built("peer_turn_bench")
    table = Table("turn: one turn of one API peer that asks eight times at once, with the greatest policy and a full fault memory",
                  ["request", "instructions", "shortest turn, us", "replies a turn"])
    for kind in KINDS:
        replies, shortest_ns = map(int, _run([program, str(TIMED_TURNS), kind]).stdout.split())
        table.add(kind, _instructions(program, kind), shortest_ns / 1000, replies / TIMED_TURNS)
    table.notes = ["32 partitions of 8 entities and 16 vCPUs each, 600 records of faults, 1024 held events. A reply that does not fit into",
                   "the peer's buffer of 32 KiB ends its turn: what else was asked waits until it was read; replies are those of all its turns.",
                   "instructions: by callgrind, in user space, the event loop's own included. shortest: on this machine, the kernel's share",
                   f"included, of {TIMED_TURNS} turns; what interrupts a turn beside is the kernel's and other threads'.",
                   "Not in it: orders, the agent's facts, and policy_apply, which only an integrator may ask (docs/signed-policies.md)."]
    return [table]


def _run(command: list) -> subprocess.CompletedProcess:
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{command[-3]} ended with status {result.returncode}:\n{result.stderr}")
    return result


def _instructions(program, kind: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        result = _run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", "--toggle-collect=measured_turn",
                       program, str(COUNTED_TURNS), kind])
    return round(int(re.search(r"Collected : (\d+)", result.stderr).group(1)) / COUNTED_TURNS)

