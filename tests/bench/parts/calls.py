"""`calls`: system calls and hypercalls of the supervision thread, counted by strace in dom0, beside Xen's own tools."""

from statistics import mean, median

from lib import configuration as configurations
from lib.ecu import Ecu
from lib.health import Health

from . import host, trace, vecu
from .table import Table

TOOL_SAMPLES = 4


def measure(options) -> list[Table]:
    with vecu.restored(configurations.DEFAULT, options) as ecu:
        load = host.Load(ecu.machine.pid())
        health = Health(ecu)
        health.await_ok()
        cycles, strayed, steps = _supervision(ecu, health, options.seconds)
        vcpus = len(ecu.vcpus())
        tables = [_per_kind(cycles), _amortised(cycles, strayed, options.seconds, vcpus), _tools(ecu, vcpus)]
        tables[0].notes.append(f"{len(cycles)} cycles of 100 ms traced; the supervisor itself counted {steps} meanwhile.")
        tables[-1].notes.append(load.sentence())
        return tables


def _supervision(ecu: Ecu, health: Health, seconds: int):
    """The cycles of the supervision thread, each a list of calls; then all calls of other turns of its loop."""
    ecu.run(["mkdir", "-p", vecu.FOLDER], check=True)
    before = health.status()["steps"]
    pid = ecu.run(["pidof", "xhmd"], check=True).stdout.strip()
    ecu.run(f"timeout -s INT {seconds} strace -q -y -p {pid} -o {vecu.FOLDER}/xhmd.trace; true", check=True, timeout=seconds + 60)
    steps = health.status()["steps"] - before
    calls = trace.parse(ecu.run(["cat", f"{vecu.FOLDER}/xhmd.trace"], check=True, timeout=120).stdout)
    assert calls, "strace saw nothing of xhmd"
    turns = trace.turns(calls)
    cycles = [turn for turn in turns if any(call.reads_timer for call in turn)]
    return cycles, [turn for turn in turns if turn not in cycles], steps


def _kind(calls: list[trace.Call]) -> str:
    """By the number of hypercalls: the list is one, a look-up of a vCPU two."""
    hypercalls = trace.count(calls).hypercalls
    if hypercalls == 0:
        return "no check scheduled"
    return f"{'list' if hypercalls % 2 else ''}{' + ' if hypercalls % 2 and hypercalls > 1 else ''}" + \
           (f"{hypercalls // 2} vCPU" if hypercalls > 1 else "")


def _per_kind(cycles) -> Table:
    table = Table("calls: one supervision cycle of xhmd (strace on its supervision thread)",
                  ["cycle", "cycles", "system calls", "of these hypercalls", "clock_gettime", "which"])
    kinds: dict[str, list] = {}
    for cycle in cycles:
        kinds.setdefault(_kind(cycle), []).append(trace.count(cycle))
    for kind, counts in sorted(kinds.items(), key=lambda item: item[1][0].hypercalls):
        usual = max({tuple(sorted(one.names.items())) for one in counts}, key=[tuple(sorted(one.names.items())) for one in counts].count)
        table.add(kind, len(counts), float(mean(one.calls for one in counts)), float(mean(one.hypercalls for one in counts)),
                  float(mean(one.clock for one in counts)), ", ".join(f"{number} {name}" for name, number in usual))
    table.notes = ["Means; `which` is the most frequent composition. clock_gettime is apart: on hardware the vDSO answers it without",
                   "a system call, this PV dom0 under emulation has no usable vDSO clock. Hypercalls are ioctls on /dev/xen/privcmd."]
    return table


def _amortised(cycles, strayed, seconds: int, vcpus: int) -> Table:
    in_cycles, beside = trace.count(sum(cycles, [])), trace.count(sum(strayed, []))
    lookups = sum(trace.count(cycle).hypercalls // 2 for cycle in cycles)
    sweeps = lookups / vcpus
    sweeping = trace.count(sum((cycle for cycle in cycles if trace.count(cycle).hypercalls > 1), []))
    quiet = [trace.count(cycle).calls for cycle in cycles if trace.count(cycle).hypercalls == 0]
    supervised = len(cycles) * 0.1
    table = Table(f"calls: xhmd amortised, {vcpus} vCPUs on the host (dom0 and three partitions)",
                  ["", "system calls", "of these hypercalls", "clock_gettime"])
    table.add("per second, supervision cycles", in_cycles.calls / supervised, in_cycles.hypercalls / supervised,
              in_cycles.clock / supervised)
    table.add("per second, other turns of the loop (agent, peers)", beside.calls / supervised, beside.hypercalls / supervised,
              beside.clock / supervised)
    if sweeps:
        extra = sum(trace.count(cycle).calls - (median(quiet) if quiet else 0) - trace.count(cycle).hypercalls % 2
                    for cycle in cycles if trace.count(cycle).hypercalls > 1)
        table.add("per conformance sweep (all vCPUs), beyond quiet cycles", extra / sweeps, 2 * lookups / sweeps, None)
    table.notes = [f"{len(cycles)} cycles, {sweeping.hypercalls and sweeps:.1f} sweeps. Policy: cycle 100 ms, list 200 ms, sweep 1 s."]
    return table


def _tools(ecu: Ecu, vcpus: int) -> Table:
    table = Table("calls: Xen's tools in the same run, by the same strace",
                  ["", "system calls", "of these hypercalls", "clock_gettime", "affinity"])
    one = _strace(ecu, "xentop -b -d 1 -i 1")
    more = _strace(ecu, f"xentop -b -d 1 -i {1 + TOOL_SAMPLES}")
    table.add("xentop -b -d 1, each further sample", (more.calls - one.calls) / TOOL_SAMPLES,
              (more.hypercalls - one.hypercalls) / TOOL_SAMPLES, (more.clock - one.clock) / TOOL_SAMPLES, "no")
    table.add("xentop -b -i 1, the first", float(one.calls), float(one.hypercalls), float(one.clock), "no")
    listing = _strace(ecu, "xl vcpu-list")
    table.add("xl vcpu-list, each look (a new process)", float(listing.calls), float(listing.hypercalls), float(listing.clock), "yes")
    table.notes = [f"{vcpus} vCPUs; all threads of the tools (strace -f), their start-up included where a look is a process."]
    return table


def _strace(ecu: Ecu, command: str) -> trace.Count:
    ecu.run(f"strace -f -q -y -o {vecu.FOLDER}/tool.trace {command} >/dev/null", check=True, timeout=120)
    return trace.count(trace.parse(ecu.run(["cat", f"{vecu.FOLDER}/tool.trace"], check=True, timeout=120).stdout))
