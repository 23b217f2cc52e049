"""The partitions under each of Xen's schedulers, in a cpupool of their own: as declared, healthy, and so again after a restart."""

import re

from lib.configuration import PARTITIONS
from lib.health import Health
from lib.testing import on

POOL = "partitions"


def _table(ecu, command: str) -> dict[str, list[str]]:
    """What xl lists, by the first word of each line; without headings."""
    lines = (line.split() for line in ecu.run(command, check=True).stdout.splitlines())
    return {words[0]: words[1:] for words in lines if words and words[0] not in ("Name", "Cpupool")}


def _expect_pools(ecu, scheduler: str, pcpus: str, shared: str = "0", members: int = len(PARTITIONS)):
    """dom0, and who is no member of the partitions' pool, have Pool-0 with the shared pCPUs and the system's scheduler."""
    assert re.search(r"(?m)^xen_scheduler *: credit2$", ecu.run("xl info", check=True).stdout)
    pools = _table(ecu, "xl cpupool-list")
    others = str(1 + len(PARTITIONS) - members)
    assert pools[POOL][1:] == [scheduler, "y", str(members)] and pools["Pool-0"][1:] == ["credit2", "y", others], pools
    assert _table(ecu, "xl cpupool-list -c") == {"Pool-0": [shared], POOL: [pcpus]}


def _expect_healthy_again(ecu, health: Health):
    """A restarted partition has what its file declares, by creation."""
    health.await_ok()
    health.set_mark()
    ecu.run(["xhmctl", "restart", "brake"], check=True)
    health.restarted("brake")
    health.await_ok()
    health.expect_no_restart("brake")


@on("rt-credit2")
def test_credit2(ecu):
    """All partitions are healthy under credit2 in a cpupool of their own, with the declared weights and caps, also after a restart."""
    health = Health(ecu)
    for _ in range(2):
        _expect_pools(ecu, "credit2", "1,2,3")
        shares = {name: words[1:] for name, words in _table(ecu, f"xl sched-credit2 -p {POOL}").items()}
        assert shares == {"brake": ["2048", "0"], "fusion": ["512", "90"], "infotainment": ["1024", "0"]}, shares
        _expect_healthy_again(ecu, health)


@on("rt-rtds")
def test_rtds(ecu):
    """All partitions are healthy under RTDS in a cpupool of their own, each vCPU with the declared server, also after a restart."""
    health = Health(ecu)
    for _ in range(2):
        _expect_pools(ecu, "rtds", "1,2,3")
        servers = {name: words[2:] for name, words in _table(ecu, "xl sched-rtds -v all").items()}
        assert servers == {"brake": ["5000", "4000", "yes"], "fusion": ["8000", "4000", "yes"],
                           "infotainment": ["10000", "4000", "yes"]}, servers
        _expect_healthy_again(ecu, health)


@on("rt-null")
def test_null(ecu):
    """All partitions are healthy under null in a cpupool of their own, each vCPU on a pCPU of its own, also after a restart."""
    health = Health(ecu)
    for _ in range(2):
        _expect_pools(ecu, "null", "1,2,3")
        placed = {vcpu.domain: vcpu.pcpu for vcpu in ecu.vcpus()}
        assert placed == {"Domain-0": "0", "brake": "1", "fusion": "2", "infotainment": "3"}, placed
        _expect_healthy_again(ecu, health)


@on("rt-arinc653")
def test_arinc653(ecu):
    """All partitions are healthy, brake and fusion on one pCPU in their ARINC 653 minor frames, also after a restart."""
    health = Health(ecu)
    declared = ["100000", "b4a4e000-0000-4000-8000-000000000001:0:60000", "f0510000-0000-4000-8000-000000000002:0:30000"]
    for _ in range(2):
        _expect_pools(ecu, "arinc653", "1", shared="0,2", members=2)
        seen = ecu.run(f"/usr/lib/vecu/arinc653_schedule get {POOL}", check=True).stdout.split()
        assert seen == declared, seen
        _expect_healthy_again(ecu, health)
