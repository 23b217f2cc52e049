# Covers: XHM-PLACEMENT-1 XHM-VERDICT-1 XHM-SCHEDULING-1 XHM-CPUPOOL-1 XHM-UPFRONT-1 XHM-DEVICE-1 XHM-PLATFORM-1 XHM-FACTS-1
"""Every check of conformance under every scheduler, provoked on a running ECU by the commands of Xen's toolstack.

Rows are checks, columns schedulers; docs/conformance.md shows the table with what was seen. lib/matrix.py walks it.
"""

import json

from lib import policies
from lib.health import Health
from lib.matrix import Cell, Matrix, Row, Without
from lib.schedulers import ALL, POOL
from lib.testing import on

# The pCPU of infotainment, which the rows on cpupools take away; brake has pCPU 1, dom0 pCPU 0.
SPARE = {"credit2": 3, "rtds": 3, "null": 3, "arinc653": 2}
GUEST, REPLACING = "/root/guest.cfg", "/root/partitions.pool"
DECLARED, OTHERWISE = "/root/matrix.json", "/root/otherwise.json"
EMITTED = "/root/emitted"

WITH_POOL = ("credit2", "rtds", "null")  # all partitions in one cpupool, whose scheduler dispatches by affinity


def _row(name: str, everywhere: Cell | None = None, **cells: Cell | Without) -> Row:
    """One row; `others` is the cell of the schedulers that are not named."""
    others = cells.pop("others", everywhere)
    return Row(name, {scheduler: cells.get(scheduler, others) for scheduler in ALL})


def _claim(pages: int) -> str:
    """xl shows claims and makes none that lasts: they are made while a domain is built. 96 MiB are 24576 pages."""
    return f"""python3 - $(xl domid brake) <<'END'
import ctypes, sys
xen = ctypes.CDLL("libxenctrl.so.4.17")
xen.xc_interface_open.restype = ctypes.c_void_p
sys.exit(xen.xc_domain_claim_pages(ctypes.c_void_p(xen.xc_interface_open(None, None, 0)), int(sys.argv[1]), ctypes.c_ulong({pages})) != 0)
END"""


def _in_background(command: str) -> str:
    """xl waits 10 s for a backend driver that this dom0 has not loaded. The frontend is there at once, and gone when xl has waited again."""
    return f"setsid {command} >/dev/null 2>&1 &"


SCHEDULE = "/usr/lib/vecu/arinc653_schedule set partitions"
BRAKE, FUSION = "b4a4e000-0000-4000-8000-000000000001:0", "f0510000-0000-4000-8000-000000000002:0"
NO_SCHEDULE = Without("only arinc653 has a schedule")
NO_SERVER = Without("only rtds has servers")
NO_WEIGHT = Without("only credit2 has weights and caps")

PLACEMENT_MEMORY_DEVICES = [
    _row("hard affinity, onto an exclusive pCPU of another partition",
         Cell("xl vcpu-pin brake 0 3", "xl vcpu-pin brake 0 1",
              "brake vcpu_affinity, brake vcpu_placement, infotainment pcpu_shared"),
         # It keeps the pCPU that it has: none of the others is free.
         null=Cell("xl vcpu-pin brake 0 1,3", "xl vcpu-pin brake 0 1", "brake vcpu_affinity, infotainment pcpu_shared"),
         arinc653=Cell("xl vcpu-pin brake 0 all", "xl vcpu-pin brake 0 1",
                       verdicts={"brake vcpu_affinity": "not applicable", "brake vcpu_placement": "conforms"})),
    _row("hard affinity of dom0: all pCPUs",
         # In Pool-0 it reaches none of the other cpupool.
         Cell("xl vcpu-pin Domain-0 0 all", "xl vcpu-pin Domain-0 0 0",
              verdicts={"brake pcpu_shared": "conforms", "fusion pcpu_shared": "conforms"}),
         arinc653=Cell("xl vcpu-pin Domain-0 0 all", "xl vcpu-pin Domain-0 0 0", "infotainment pcpu_shared")),
    _row("number of online vCPUs",
         Cell("xl vcpu-set infotainment 1", "xl vcpu-set infotainment 2", "infotainment vcpu_count"),
         null=Without("each vCPU needs a pCPU of its own, and there is none for a second one")),
    _row("weight", credit2=Cell("xl sched-credit2 -d brake -w 99", "xl sched-credit2 -d brake -w 2048",
                                "brake scheduling_parameters"), others=NO_WEIGHT),
    _row("cap", credit2=Cell("xl sched-credit2 -d fusion -c 95", "xl sched-credit2 -d fusion -c 90",
                             "fusion scheduling_parameters"), others=NO_WEIGHT),
    _row("budget", rtds=Cell("xl sched-rtds -d brake -v 0 -p 5000 -b 3000 -e 1", "xl sched-rtds -d brake -v 0 -p 5000 -b 4000 -e 1",
                             "brake scheduling_parameters"), others=NO_SERVER),
    _row("extra time", rtds=Cell("xl sched-rtds -d fusion -v 0 -p 8000 -b 4000 -e 0", "xl sched-rtds -d fusion -v 0 -p 8000 -b 4000 -e 1",
                                 "fusion scheduling_parameters"), others=NO_SERVER),
    _row("period of one vCPU of two",  # of the first: the other one is offline in this round, and nothing is known of it
         rtds=Cell("xl sched-rtds -d infotainment -v 0 -p 20000 -b 4000 -e 1", "xl sched-rtds -d infotainment -v 0 -p 10000 -b 4000 -e 1",
                   "infotainment scheduling_parameters"), others=NO_SERVER),
    _row("order of minor frames",
         arinc653=Cell(f"{SCHEDULE} 100000 {FUSION}:30000 {BRAKE}:60000", f"{SCHEDULE} 100000 {BRAKE}:60000 {FUSION}:30000",
                       "- schedule_frames"), others=NO_SCHEDULE),
    _row("memory limit", Cell("xl mem-max brake 512", "xl mem-max brake 96", "brake memory_limit")),
    _row("outstanding claim", Cell(_claim(24676), _claim(0), "brake memory_not_up_front, - platform_claims")),
    _row("memory size", Cell("xl mem-set infotainment 120", "xl mem-set infotainment 128", "infotainment memory_size")),
    _row("memory size within its slack",
         Cell("xl mem-set fusion 94", "xl mem-set fusion 96", verdicts={"fusion memory_size": "conforms"},
              shows="xl list fusion | grep -q ' 94 '")),
    _row("PV network device that is not declared",
         Cell(_in_background("xl network-attach brake script=/bin/true"), _in_background("xl network-detach brake 0"),
              "brake device_undeclared")),
    _row("service of dom0", Cell("systemctl stop xenconsoled", "systemctl start xenconsoled xen.target", "- platform_service")),
]


def _away(scheduler: str) -> tuple[str, str]:
    """Infotainment makes its pCPU free, and comes back: a change of the cpupool resets affinity and parameters."""
    again = {"credit2": "xl sched-credit2 -d infotainment -w 1024", "rtds": "xl sched-rtds -d infotainment -v all -p 10000 -b 4000 -e 1"}
    spare = SPARE[scheduler]
    if scheduler == "arinc653":
        return "xl vcpu-pin infotainment all 0", "xl vcpu-pin infotainment all 2"
    return ("xl cpupool-migrate infotainment Pool-0; xl vcpu-pin infotainment all 0",
            f"xl cpupool-migrate infotainment {POOL}; xl vcpu-pin infotainment all {spare}; {again.get(scheduler, '')}")


AWAY = {
    "credit2": "infotainment cpupool_membership, infotainment vcpu_affinity, infotainment vcpu_placement, infotainment scheduling_parameters",
    "null": "infotainment cpupool_membership, infotainment vcpu_affinity, infotainment vcpu_placement",
    "arinc653": "infotainment vcpu_affinity, infotainment vcpu_placement",
}
AWAY["rtds"] = AWAY["credit2"]
# Between its change of the cpupool and its pinning there it may run anywhere.
PASSING = "brake pcpu_shared, fusion pcpu_shared, infotainment pcpu_shared"


def _with_infotainment_away(scheduler: str, do: str, undo: str, faults: str, passing: str = PASSING) -> Cell:
    away, back = _away(scheduler)
    return Cell(f"{away}; {do}", f"{undo}; {back}", f"{AWAY[scheduler]}, {faults}", on_the_way=passing)


def _replaced(scheduler: str) -> Cell:
    """Of another scheduler, with the declared name. Of the declared schedule then nothing is left, where there is one."""
    spare, owner = SPARE[scheduler], "Pool-0" if scheduler == "arinc653" else POOL
    others = {"arinc653": "brake cpupool_membership, fusion cpupool_membership, - schedule_frames"}
    return _with_infotainment_away(
        scheduler,
        f"xl cpupool-cpu-remove {owner} {spare}; xl cpupool-rename {POOL} other; xl cpupool-create {REPLACING}",
        f"xl cpupool-destroy {POOL}; xl cpupool-rename other {POOL}; xl cpupool-cpu-add {owner} {spare}",
        f"- scheduler_kind, - cpupool_pcpus, {others.get(scheduler, 'brake cpupool_membership, fusion cpupool_membership')}",
        f"{PASSING}, - cpupool_missing")


def _renamed(scheduler: str) -> Cell:
    members = ("brake", "fusion") if scheduler == "arinc653" else ("brake", "fusion", "infotainment")
    return Cell(f"xl cpupool-rename {POOL} other", f"xl cpupool-rename other {POOL}",
                "- cpupool_missing, " + ", ".join(f"{name} cpupool_membership" for name in members),
                verdicts={"brake vcpu_affinity": "not applicable" if scheduler == "arinc653" else "conforms"})


def _offline(scheduler: str) -> Cell:
    """A pCPU that comes online is one of Pool-0."""
    spare = SPARE[scheduler]
    if scheduler == "arinc653":
        return _with_infotainment_away(scheduler, f"xen-hptool cpu-offline {spare}", f"xen-hptool cpu-online {spare}",
                                       "- platform_pcpus, - cpupool_pcpus")
    return _with_infotainment_away(
        scheduler, f"xl cpupool-cpu-remove {POOL} {spare}; xen-hptool cpu-offline {spare}",
        f"xen-hptool cpu-online {spare}; xl cpupool-cpu-remove Pool-0 {spare}; xl cpupool-cpu-add {POOL} {spare}",
        "- platform_pcpus, - cpupool_pcpus")


def _moved(scheduler: str) -> Cell:
    spare = SPARE[scheduler]
    return Cell(f"xl cpupool-cpu-remove {POOL} {spare}; xl cpupool-cpu-add Pool-0 {spare}",
                f"xl cpupool-cpu-remove Pool-0 {spare}; xl cpupool-cpu-add {POOL} {spare}", "- cpupool_pcpus")


CPUPOOL_MEMBERS = [
    _row("cpupool membership",
         arinc653=Cell(f"xl cpupool-migrate fusion Pool-0; xl vcpu-pin fusion 0 0", f"xl cpupool-migrate fusion {POOL}; xl vcpu-pin fusion 0 1",
                       "fusion cpupool_membership, fusion vcpu_affinity, fusion vcpu_placement", on_the_way=PASSING),
         **{scheduler: Cell(*_away(scheduler), AWAY[scheduler], on_the_way=PASSING) for scheduler in WITH_POOL}),
    _row("pCPUs of a cpupool", others=None, **{scheduler: _moved(scheduler) for scheduler in WITH_POOL},
         arinc653=Without("its cpupool has one pCPU and needs it; that Pool-0 loses one is seen with the number of pCPUs online")),
    _row("hard affinity of dom0, onto an exclusive pCPU in its own cpupool",
         Cell("xl vcpu-pin Domain-0 0 all", "xl vcpu-pin Domain-0 0 0", "infotainment pcpu_shared"),
         arinc653=Without("Pool-0 has the pCPU of infotainment anyway: see the row above on all pCPUs")),
    _row("free memory of the host", Cell(f"xl create -p {GUEST}", "xl destroy guest", "- platform_memory")),
]

HOST = [[_row("number of pCPUs online", others=None, **{scheduler: _offline(scheduler) for scheduler in ALL})],
        [_row("cpupool of that name", others=None, **{scheduler: _renamed(scheduler) for scheduler in ALL})],
        [_row("scheduler of a cpupool", others=None, **{scheduler: _replaced(scheduler) for scheduler in ALL})],
        [_row("declared option, version and capability of Xen (the declaration changes: these do not while Xen runs)",
              Cell(f"xhmctl policy apply {OTHERWISE}", f"xhmctl policy apply {DECLARED}",
                   "- platform_option, - platform_version, - platform_capability"))],
        [_row("facts that are too old",
              Cell("systemctl stop xhm-agent", "systemctl start xhm-agent", "- agent_absent, - facts_stale",
                   verdicts={"brake cpupool_membership": "unknown", "brake device_undeclared": "unknown", "- cpupool_pcpus": "unknown",
                             "- platform_service": "unknown"}))]]


def _declare(scheduler: str, policy: dict, pcpus_online: int, free_mib: int):
    """What is compared with what runs, and nothing else: what a busy emulator does to tasks is no matter here."""
    policy["supervisor"].update(conformance_period="500ms", overrun_tolerance="5s", agent_timeout="8s")
    policy["platform"] = {
        "facts_period": "1s", "facts_timeout": "10s", "options": [{"required": "dom0_vcpus_pin"}, {"forbidden": "sched="}],
        "xen_version": {"min": "4.17"}, "capabilities": ["pv"], "pcpus_online": pcpus_online, "free_memory": f"{free_mib - 32}MiB",
        "claims": "forbidden", "services": ["xenconsoled"]}
    for partition in policy["partitions"]:
        for key in ("entities", "pages", "safe_state"):
            partition.pop(key, None)
        partition["reactions"] = {name: "report" for name in partition["reactions"]}
        partition["devices"] = "none"
    brake, fusion, infotainment = (policies.partition(policy, name) for name in ("brake", "fusion", "infotainment"))
    brake["memory"] = {"size": "96MiB", "up_front": True}
    fusion["memory"] = {"size": "96MiB", "slack": "4MiB"}
    vcpu = infotainment["vcpus"][0]
    vcpu["exclusive"] = True
    if scheduler != "null":
        infotainment["vcpus"].append(dict(vcpu))


def _write(ecu, path: str, text: str):
    ecu.run(["sh", "-c", f"cat >{path}"], stdin=text.encode(), check=True)


def _prepare(ecu, scheduler: str):
    """Applies the policy, and creates infotainment from what `policy emit-xl` makes of it, completed by what it boots."""
    told = dict(line.split(":", 1) for line in ecu.run("xl info", check=True).stdout.splitlines() if ":" in line)
    told = {key.strip(): value.strip() for key, value in told.items()}
    policy = policies.running(ecu)
    _declare(scheduler, policy, int(told["nr_cpus"]), int(told["free_memory"]))
    _write(ecu, DECLARED, json.dumps(policy, indent=1))
    policy["platform"].update(options=[{"required": "no-such-option"}, {"forbidden": "sched="}], xen_version={"min": "9.0"},
                              capabilities=["pv", "vmtrace"])
    _write(ecu, OTHERWISE, json.dumps(policy, indent=1))
    _write(ecu, REPLACING, f'name = "{POOL}"\nsched = "credit"\ncpus = ["{SPARE[scheduler]}"]\n')
    _write(ecu, GUEST, 'name = "guest"\ntype = "pv"\nkernel = "/usr/lib/xhm/vmlinux"\nmemory = 96\nvcpus = 1\ncpus = "0"\n')
    ecu.run(["xhmctl", "policy", "apply", DECLARED], check=True)
    ecu.run(["/bin/busybox", "killall", "xhm-rt-task"], in_domain="brake", check=True, timeout=60)  # so that the emulator has time for dom0
    _create_from_emitted(ecu)
    Health(ecu).await_ok()


def _create_from_emitted(ecu):
    """The rest of its file is what the policy does not say."""
    ecu.run(f"mkdir {EMITTED} && xhmctl policy emit-xl {DECLARED} --directory {EMITTED}", check=True)
    ecu.run(f"grep -E '^(type|kernel|ramdisk|extra) *=' /etc/xhm/partitions/infotainment.cfg >>{EMITTED}/infotainment.cfg", check=True)
    ecu.run(f"xl destroy infotainment && xl create {EMITTED}/infotainment.cfg", check=True, timeout=120)
    channels = "/local/domain/$(xl domid infotainment)/data/vecu"
    ecu.run(f"until xenstore-exists {channels}/exec0 || xenstore-exists {channels}/exec1; do sleep 0.5; done", check=True, timeout=120)


def _bring_online(ecu):
    """What udev's rule does in a guest that has it: a vCPU that is plugged in is brought online."""
    loop = "while /bin/busybox sleep 1; do echo 1 >/sys/devices/system/cpu/cpu1/online; done 2>/dev/null"
    return ecu.start(["/bin/busybox", "sh", "-c", loop], in_domain="infotainment")


def _walk(ecu, scheduler: str):
    _prepare(ecu, scheduler)
    with _bring_online(ecu):
        Matrix(ecu, scheduler).walk([PLACEMENT_MEMORY_DEVICES, CPUPOOL_MEMBERS, *HOST])


@on("rt-credit2")
def test_matrix_credit2(ecu):
    """Under credit2 each drift is seen as exactly its faults, told by `xhmctl conformance`, and over when it is undone."""
    _walk(ecu, "credit2")


@on("rt-rtds")
def test_matrix_rtds(ecu):
    """Likewise under RTDS."""
    _walk(ecu, "rtds")


@on("rt-null")
def test_matrix_null(ecu):
    """Likewise under null."""
    _walk(ecu, "null")


@on("rt-arinc653")
def test_matrix_arinc653(ecu):
    """Likewise under ARINC 653."""
    _walk(ecu, "arinc653")
