"""`api`: requests of many clients a second, and what they and clients that behave badly do to the supervision cycle."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import mean, median

from . import api_host, host, programs, trace
from .table import Table

KINDS = ("status", "events", "faults", "conformance")
CLIENTS = (1, 8, 16)
BESIDE = {"within": 2, "maker": 4, "follower": 2, "slow": 2, "deaf": 2, "coming": 2, "garbage": 1, "half": 1}
LOADS = (
    ("nothing", {}),
    ("1 client asks all it can", {"mixed": 1}),
    ("8 clients ask all they can", {"mixed": 8}),
    ("16 clients ask all they can", {"mixed": 16}),
    ("16 of every kind", BESIDE),
    ("48: places for 16", {"mixed": 20, "coming": 16, "garbage": 8, "deaf": 4}),
    ("nothing, again", {}),
)
TRACED_MS = 3000


def measure(options) -> list[Table]:
    tools = {name: programs.built(name) for name in ("loop_host", "api_load")}
    xhmctl = programs.built("../../client/xhmctl")
    load = host.Load()
    with api_host.running(xhmctl, tools["loop_host"]) as running:
        asked = [(kind, count, api_host.load(tools["api_load"], running, options.seconds * 100, {kind: count}))
                 for kind in KINDS for count in CLIENTS]
        loads = [(name, api_host.load(tools["api_load"], running, options.seconds * 500, clients), running.resident_kib())
                 for name, clients in LOADS]
    tables = [_requests(asked), _lateness(running, loads), _neighbours(loads),
              _calls(xhmctl, tools["loop_host"], tools["api_load"])]
    tables[-1].notes.append(load.sentence())
    return tables


def _requests(asked) -> Table:
    table = Table("api: requests a second, by kind and number of clients that ask as soon as they are answered",
                  ["request", "clients", "asked", "answered", "limited", "p50 ms", "p99 ms", "CPU %"])
    for kind, count, load in asked:
        table.add(kind, count, *(load.total(what) / load.seconds for what in ("asked", "answered", "limited")),
                  load.figures["p50_us"] / 1000, load.figures["p99_us"] / 1000, 100 * load.cpu_seconds / load.seconds)
    table.notes = ["limited: refused because the peer makes more than 200 requests a second (256 at once after a pause).",
                   "Times are the client's, from sending to the answer; CPU is the supervision thread's, its cycles included."]
    return table


def _at(values: list[float], share: float) -> float:
    return values[min(int(len(values) * share), len(values) - 1)]


def _lateness(running: api_host.Host, loads) -> Table:
    table = Table(f"api: lateness of the supervision cycle ({api_host.CYCLE_MS} ms) meanwhile, microseconds",
                  ["meanwhile", "cycles", "p50", "p99", "latest", "p99 by nothing's", "cycles missed", "asked/s", "answered/s",
                   "CPU %"])
    quiet = None
    for name, load, _ in loads:
        steps = running.between(load.begin_ns, load.end_ns)
        late = sorted(step.late_us for step in steps)
        quiet = quiet or _at(late, 0.99)
        table.add(name, len(steps), round(_at(late, 0.5)), round(_at(late, 0.99)), round(late[-1]), _at(late, 0.99) / quiet,
                  sum(step.ticks - 1 for step in steps), round(load.total("asked") / load.seconds),
                  round(load.total("answered") / load.seconds), 100 * load.cpu_seconds / load.seconds)
    scheduling = f"SCHED_FIFO {api_host.PRIORITY}" if running.realtime else "no real-time priority: none could be had"
    overruns = running.log.count("supervisor_overrun")
    table.notes = [f"{api_host.PARTITIONS} partitions, supervision as a healthy ECU has it; xhmd's loop, API, writer and fault memory "
                   f"without Xen ({scheduling}).",
                   "Late: from the expiration of the timer to the step. All in one run of the supervisor, one after another.",
                   f"Overruns reported by the supervisor (tolerance {api_host.OVERRUN_TOLERANCE_MS} ms): {overruns}."]
    return table


def _neighbours(loads) -> Table:
    table = Table("api: what became of them", ["meanwhile", "clients", "came", "no place", "closed", "refused", "events", "gaps",
                                               "missing", "VmRSS KiB"])
    for name, load, resident in loads:
        for kind, figures in load.figures.items():
            if isinstance(figures, dict):
                table.add(name, f"{figures['clients']} {kind}", *(figures[what] for what in (
                    "connected", "no_place", "closed", "refused", "events", "gaps", "missing")), resident)
    table.notes = ["within: 180 requests a second. maker: the same, each begins or ends a maintenance, which is an event. follower, slow",
                   "(25 kB/s), deaf (reads only when the time is over): follow events from the first one on; gaps are told to them.",
                   "coming: connects, asks once, leaves, at once again. garbage: random bytes. half: half a message and nothing more."]
    return table


def _calls(xhmctl: Path, loop_host: Path, api_load: Path) -> Table:
    if shutil.which("strace") is None:
        raise RuntimeError("there is no strace on this machine")
    table = Table("api: system calls of one cycle of the supervision thread (strace), meanwhile",
                  ["meanwhile", "cycles", "median", "mean", "most", "calls"])
    with api_host.running(xhmctl, loop_host, 0) as running:
        for name, clients in (("nothing", {}), ("16 clients ask all they can", {"mixed": 16}), ("16 of every kind", BESIDE)):
            cycles = _traced(running, api_load, clients)
            counts = [trace.count(cycle).calls for cycle in cycles]
            table.add(name, len(cycles), float(median(counts)), mean(counts), max(counts), ", ".join(
                f"{count} {call}" for call, count in sorted(trace.count(sum(cycles, [])).names.items())))
    table.notes = ["A cycle: from the poll that finds the timer expired to the next. `calls` are of all cycles together. Beyond epoll_wait and",
                   "read: events that are told in the cycle, to the writer's threads (write) and to who follows (epoll_ctl); `maker` causes",
                   "hundreds a second. Times of a traced supervisor mean nothing, so that none are shown."]
    return table


def _traced(running: api_host.Host, api_load: Path, clients: dict) -> list[list[trace.Call]]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trace"
        tracer = subprocess.Popen(["strace", "-q", "-y", "-p", str(running.process.pid), "-o", file])
        try:
            api_host.load(api_load, running, TRACED_MS, clients)
        finally:
            tracer.terminate()
            tracer.wait(timeout=30)
        dispatches = trace.dispatches(trace.parse(file.read_text()))
    cycles = [dispatch for dispatch in dispatches if any(call.reads_timer for call in dispatch)]
    assert cycles, "strace saw no cycle"
    return cycles
