"""The supervisor in a domain of its own, under Flask enforcing: it can do its job, and it can do nothing else."""

import re

from lib import guest_tools
from lib.configuration import PARTITIONS
from lib.health import Health
from lib.testing import on

TWIN = "supervisor-check"
PRIVILEGES = "/tmp/privileges"
DENIED = {  # attempt: class and permission that Xen denies
    "destroy": ("domain", "destroy"),
    "set-affinity": ("domain", "setaffinity"),
    "set-schedule": ("domain2", "setscheduler"),
    "set-memory": ("domain", "setdomainmaxmem"),
    "set-vcpus": ("domain", "max_vcpus"),
    "set-uuid": ("domain", "setdomainhandle"),
    "set-time": ("domain", "settime"),
    "set-debugging": ("domain", "setdebugging"),
    "set-trigger": ("domain", "trigger"),
    "read-registers": ("domain", "getvcpucontext"),
    "map-foreign": ("mmu", "map_read"),
    "open-channel": ("event", "bind"),
    "create-domain": ("domain", "create"),
    "create-pool": ("xen", "cpupool_op"),
    "move-to-pool": ("xen", "cpupool_op"),
    "get-pool": ("xen", "cpupool_op"),
    "get-idle-time": ("xen", "getcpuinfo"),
    "get-scheduler": ("xen", "getscheduler"),
    "read-console": ("xen", "readconsole"),
    "send-keys": ("xen", "debug"),
    "stop-enforcing": ("security", "setenforce"),
}
DENIED_ON_DOM0 = {
    "pause": ("domain", "pause"),
    "unpause": ("domain", "unpause"),
    "shutdown": ("domain", "shutdown"),
    "destroy": ("domain", "destroy"),
    "set-affinity": ("domain", "setaffinity"),
    "set-memory": ("domain", "setdomainmaxmem"),
    "map-foreign": ("mmu", "map_read"),
}


def _make_twin(ecu):
    """A second domain with the supervisor's label, and with programs in it that the supervisor's own domain has not."""
    ecu.run("sed -e 's/^name *=.*/name = \"%s\"/' -e 's/^uuid *=.*//' -e 's/^disk *=.*//' -e 's/supervisor.cpio/partition.cpio/' "
            "-e 's/^extra *=.*/extra = \"console=hvc0 quiet xhm.name=%s xhm.privcmd=unrestricted=1\"/' "
            "/etc/xhm/supervisor.cfg >/root/twin.cfg" % (TWIN, TWIN), check=True)
    ecu.run(["xl", "create", "/root/twin.cfg"], timeout=60, check=True)
    label = ecu.run("xl list -Z | grep '^%s '" % TWIN, check=True).stdout
    assert "xhm_supervisor_t" in label, label
    program = (guest_tools.build() / "privileges").read_bytes()  # too large for the initial file system of every partition
    ecu.run(f"cat >{PRIVILEGES} && chmod 700 {PRIVILEGES}", in_domain=TWIN, stdin=program, timeout=60, check=True)


def _try(ecu, domid: int, attempts) -> dict[str, str]:
    """How each attempt on the domain went, from inside the twin."""
    said = ecu.run([PRIVILEGES, str(domid), *attempts], in_domain=TWIN, timeout=60, check=True).stdout
    return dict(line.split() for line in said.splitlines())


def _denials(ecu) -> set[tuple[str, str]]:
    """What Xen denied the supervisor's label since it was last asked, by class and permission."""
    said = ecu.run("xl dmesg -c", check=True).stdout
    return {(found[2], permission) for found in re.finditer(r"avc: +denied +\{ ([^}]*)\}.*?scontext=\S*:xhm_supervisor_t(?:_channel)?\b.*?tclass=(\S+)", said)
            for permission in found[1].split()}


def _expect_denied(ecu, domid: int, attempts: dict[str, tuple[str, str]]):
    _denials(ecu)
    went = _try(ecu, domid, attempts)
    succeeded = [attempt for attempt, result in went.items() if result == "ok"]
    assert not succeeded, f"not denied: {', '.join(succeeded)}"
    denied = _denials(ecu)
    silent = [attempt for attempt, expected in attempts.items() if expected not in denied]
    assert not silent, f"no AVC line for {', '.join(silent)}; went: {went}; denied: {sorted(denied)}"


@on("dedicated")
def test_dedicated_is_denied(ecu):
    """What the supervisor has no use for is denied on a partition, on dom0 and on Xen, with Xen's AVC line for each."""
    _make_twin(ecu)
    domains = ecu.domains()
    _expect_denied(ecu, domains["brake"].domid, DENIED)
    _expect_denied(ecu, 0, DENIED_ON_DOM0)
    after = ecu.domains()
    assert all(name in after and after[name].domid == domains[name].domid for name in PARTITIONS), after
    Health(ecu).await_ok()
