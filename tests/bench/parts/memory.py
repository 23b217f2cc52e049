"""`memory`: what xhmd keeps resident and locked, and whether its supervision thread allocates after start-up."""

import re
from dataclasses import dataclass

from lib import configuration as configurations
from lib.ecu import Ecu
from lib.health import Health

from . import host, vecu
from .reaction import POLICY
from .table import Table

AIM_MIB = 8
QUIET_CYCLES = 100
COUNTS = f"{vecu.FOLDER}/heap"
DROP_IN = "/run/systemd/system/xhmd.service.d/bench.conf"


def measure(options) -> list[Table]:
    with vecu.restored(configurations.DEFAULT, options) as ecu:
        load = host.Load(ecu.machine.pid())
        health = Health(ecu)
        health.await_ok()
        tables = [*_resident(ecu), _allocations(ecu, health)]
        tables[-1].notes.append(load.sentence())
        return tables


def _pid(ecu: Ecu) -> str:
    return ecu.run(["pidof", "xhmd"], check=True).stdout.strip()


def _resident(ecu: Ecu) -> list[Table]:
    pid = _pid(ecu)
    status = dict(re.findall(r"^(\w+):\s+(\d+)", ecu.run(["cat", f"/proc/{pid}/status"], check=True).stdout, re.M))
    whole = Table("memory: xhmd, three partitions (KiB)", ["", "KiB", "MiB"])
    for name, meaning in (("VmRSS", "resident"), ("VmLck", "locked address space"), ("VmSize", "address space"),
                          ("RssAnon", "resident, anonymous"), ("RssFile", "resident, of files"), ("RssShmem", "resident, shared memory")):
        whole.add(f"{name}, {meaning}", int(status[name]), int(status[name]) / 1024)
    parts = Table("memory: by what it is (smaps, KiB)", ["mapping", "size", "resident", "locked (Pss)", "private dirty"])
    groups = _groups(ecu.run(["cat", f"/proc/{pid}/smaps"], check=True, timeout=60).stdout)
    for name, group in sorted(groups.items(), key=lambda item: -item[1]["Rss"]):
        parts.add(name, group["Size"], group["Rss"], group["Locked"], group["Private_Dirty"])
    parts.add("all", *(sum(group[key] for group in groups.values()) for key in ("Size", "Rss", "Locked", "Private_Dirty")))
    rss = int(status["VmRSS"]) / 1024
    whole.notes = [f"Aim: at most {AIM_MIB} MiB resident and locked: {'held' if rss <= AIM_MIB else 'NOT held'} ({rss:.1f} MiB resident). "
                   f"{status.get('Threads', '?')} threads.",
                   "mlockall locks the address space; pages that are reserved without access (guard pages, PROT_NONE) are in VmLck",
                   "and never resident."]
    return [whole, parts]


def _groups(smaps: str) -> dict[str, dict[str, int]]:
    groups: dict[str, dict[str, int]] = {}
    group: dict[str, int] = {}
    for line in smaps.splitlines():
        header = re.match(r"^[0-9a-f]+-[0-9a-f]+ \S+ \S+ (\S+) \d+\s*(.*)$", line)
        if header:
            name = header.group(2).rsplit("/", 1)[-1] or "anonymous (thread stacks, tables, arenas)"
            group = groups.setdefault(name, dict.fromkeys(("Size", "Rss", "Locked", "Private_Dirty"), 0))
            continue
        value = re.match(r"^(\w+):\s+(\d+) kB", line)
        if value and value.group(1) in group:
            group[value.group(1)] += int(value.group(2))
    return groups


@dataclass(frozen=True)
class Heap:
    allocations: int
    bytes: int
    frees: int
    last_caller: int
    others: int  # allocations of all other threads
    steps: int


def _heap(ecu: Ecu, health: Health) -> Heap:
    pid = int(_pid(ecu))
    rows = [[int(word) for word in line.split()]
            for line in ecu.run(["od", "-An", "-v", "-w40", "-t", "d8", COUNTS], check=True).stdout.splitlines()]
    own = next((row for row in rows if row[0] == pid), None)
    assert own, "malloc_count.so counted nothing of xhmd's first thread"
    return Heap(*own[1:], sum(row[1] for row in rows if row[0] not in (0, pid)), health.status()["steps"])


def _allocations(ecu: Ecu, health: Health) -> Table:
    _restart_counting(ecu, health)
    table = Table("memory: heap calls of xhmd's supervision thread after start-up",
                  ["meanwhile", "cycles", "allocations", "bytes", "frees", "allocations of other threads"])
    start = _heap(ecu, health)
    last = start
    for what, act in ((f"nothing ({QUIET_CYCLES} cycles at least)", _wait_quietly),
                      ("20 API clients connect and ask", _clients), ("a vCPU is pinned elsewhere, and back", _pin),
                      ("a hung task, its partition restarted", _hang), ("a policy is applied", _apply)):
        act(ecu, health)
        now = _heap(ecu, health)
        table.add(what, now.steps - last.steps, now.allocations - last.allocations, now.bytes - last.bytes, now.frees - last.frees,
                  now.others - last.others)
        if now.allocations != last.allocations:
            table.notes.append(f"{what}: the last allocation was for {_symbol(ecu, now.last_caller)}.")
        last = now
    table.add("all together", last.steps - start.steps, last.allocations - start.allocations, last.bytes - start.bytes,
              last.frees - start.frees, last.others - start.others)
    table.notes = [f"Counted by a preloaded malloc; start-up took {start.allocations} allocations of {start.bytes} bytes. Aim: none after it.",
                   *table.notes]
    return table


def _restart_counting(ecu: Ecu, health: Health):
    library = vecu.push_program(ecu, "malloc_count.so")
    unit = f"[Service]\nEnvironment=LD_PRELOAD={library} MALLOC_COUNT_FILE={COUNTS}\n"
    ecu.run(["sh", "-c", f"mkdir -p {DROP_IN.rsplit('/', 1)[0]} && cat >{DROP_IN}"], stdin=unit.encode(), check=True)
    ecu.run("systemctl daemon-reload && systemctl restart xhmd", check=True, timeout=90)
    health.await_ok()
    _wait_quietly(ecu, health)


def _wait_quietly(ecu: Ecu, health: Health):
    end = health.status()["steps"] + QUIET_CYCLES
    ecu.run(["sleep", str(QUIET_CYCLES / 10)], check=True, timeout=90)
    ecu.wait_until(lambda: health.status()["steps"] >= end, 60, f"{QUIET_CYCLES} cycles to pass")


def _clients(ecu: Ecu, health: Health):
    ecu.run("for i in $(seq 10); do xhmctl status; xhmctl --json events; done >/dev/null; xhmctl --json faults >/dev/null", check=True,
            timeout=120)


def _pin(ecu: Ecu, health: Health):
    health.set_mark()
    ecu.run(["xhmctl", "inject", "pin", "fusion"], check=True)
    health.await_event("fault_raised", 30, "fusion", "vcpu_affinity")
    ecu.run(["xhmctl", "inject", "clear", "fusion"], check=True)
    health.await_event("fault_cleared", 60, "fusion", "vcpu_affinity")
    health.await_ok()


def _hang(ecu: Ecu, health: Health):
    health.set_mark()
    ecu.run(["xhmctl", "inject", "hang", "brake"], check=True)
    health.await_event("restart_done", 120, "brake")
    health.await_ok()


def _apply(ecu: Ecu, health: Health):
    text = POLICY.read_text().replace("within: 10m", "within: 9m")
    ecu.run(["sh", "-c", f"cat >{vecu.FOLDER}/policy.yaml && xhmctl policy apply {vecu.FOLDER}/policy.yaml"], stdin=text.encode(),
            check=True)
    health.await_ok()


def _symbol(ecu: Ecu, address: int) -> str:
    """Which mapping of xhmd the address lies in, as FILE+OFFSET."""
    for line in ecu.run(["cat", f"/proc/{_pid(ecu)}/maps"], check=True).stdout.splitlines():
        found = re.match(r"^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+) \S+ \d+\s*(.*)$", line)
        begin, end, offset = (int(found.group(i), 16) for i in (1, 2, 3))
        if begin <= address < end:
            return f"{found.group(4).rsplit('/', 1)[-1]}+{address - begin + offset:#x}"
    return f"{address:#x}"
