"""The control API across domains: infotainment, as the instrument cluster, speaks to xhmd in dom0 over vchan."""

import json

from lib import policies
from lib.health import Health
from lib.testing import OF_THE_PROCESS, not_dedicated

DIM = "dim"
USAGE, NO_DAEMON, NOT_PERMITTED = 2, 3, 4  # exit statuses of xhmctl
CLUSTER = "infotainment"


def _declare(policy):
    """A safe state in which the cluster goes on."""
    policy["safe_states"].append({"name": DIM, "pause": ["fusion"]})


def _server(ecu) -> int:
    """The domain in which xhmd is."""
    domains = ecu.domains()
    return domains["supervisor"].domid if "supervisor" in domains else 0


def _address(ecu) -> str:
    return f"vchan:{_server(ecu)}"


def _ask(ecu, *words: str, domain: str = CLUSTER):
    return ecu.run(["xhmctl", "--connect", _address(ecu), *words], in_domain=domain, timeout=60)


def _status(ecu) -> dict:
    result = _ask(ecu, "--json", "status")
    assert result.status in (0, 1), result
    return json.loads(result.stdout)


def _zombies(ecu) -> list[str]:
    """Lines of domains that ended and are kept by something: Xen shows them dying, or without a name."""
    lines = ecu.run(["xl", "list"], check=True).stdout.splitlines()[1:]
    return [line for line in lines if line.startswith("(null)") or line.split()[4].endswith("d")]


def _expect_no_late_cycle(health: Health):
    """A busy host delays the partitions' tasks; the supervisor's own cycle is what clients must not delay."""
    late = [event for event in health.raised() if event["fault_name"] == "supervisor_overrun"]
    assert not late, late


def _expect_no_zombie(ecu):
    ecu.wait_until(lambda: not _zombies(ecu), 20, f"the ended domains to vanish")


def test_cluster_in_a_partition(ecu):
    """From its partition the cluster reads status, follows events, raises a safe state and is told of it; a restart is refused and recorded with its domain."""
    health = Health(ecu)
    policies.change(ecu, _declare)
    health.set_mark()
    assert _status(ecu)["ecu"] == health.status()["ecu"]
    with ecu.start(["xhmctl", "--connect", _address(ecu), "--json", "events", "--follow", "--since", str(health.mark)], in_domain=CLUSTER) as stream:
        refused = _ask(ecu, "restart", "brake")
        assert refused.status == NOT_PERMITTED, refused
        stream.wait_for(r'"kind": ?"request_refused"', 20)
        entered = _ask(ecu, "safe-state", "enter", DIM)
        assert entered.status == 0, entered
        stream.wait_for(r'"kind": ?"safe_state_entered"', 20)
    ecu.wait_until(lambda: "p" in ecu.domains()["fusion"].state, 20, "fusion to be paused")
    event = health.await_event("request_refused", 10)
    assert (event["peer_domid"], event["partition"]) == (ecu.domains()[CLUSTER].domid, CLUSTER), event
    health.expect_no_restart()


def test_partition_without_role(ecu):
    """To a partition that no access row names nothing is offered; status 3, and the sentence says why."""
    health = Health(ecu)
    health.set_mark()
    result = _ask(ecu, "status", domain="brake")
    assert result.status == NO_DAEMON, result
    assert "offers" in result.stderr, result.stderr
    assert _ask(ecu, "status").status in (0, 1)
    _expect_no_late_cycle(health)


def test_restarted_partition_connects_again(ecu):
    """A restart of the cluster's partition closes what its instance had, leaves no zombie, and the next instance connects."""
    health = Health(ecu)
    health.set_mark()
    before = ecu.domains()[CLUSTER].domid
    with ecu.start(["xhmctl", "--connect", _address(ecu), "events", "--follow"], in_domain=CLUSTER):
        ecu.run(["xhmctl", "restart", CLUSTER], check=True)
        health.await_event("restart_done", 90, CLUSTER)
    assert ecu.domains()[CLUSTER].domid != before
    ecu.wait_until(lambda: _ask(ecu, "status").status in (0, 1), 30, "the new instance to connect")
    _expect_no_zombie(ecu)
    ecu.wait_until(lambda: str(before) not in ecu.run(["xenstore-list", f"/local/domain/{_server(ecu)}/data/vchan"], check=True).stdout.split(),
                   20, "the folder of the ended instance to vanish from xenstore")


def test_client_that_is_killed(ecu):
    """kill -9 of a connected client, again and again, frees its place; a crash of its whole domain leaves no zombie; no cycle is late."""
    health = Health(ecu)
    health.set_mark()
    for _ in range(3):
        with ecu.start(["xhmctl", "--connect", _address(ecu), "events", "--follow"], in_domain=CLUSTER):
            ecu.wait_until(lambda: _ask(ecu, "status").status in (0, 1), 20, "the place beside it to be free")
            ecu.run("kill -9 $(pidof xhmctl)", in_domain=CLUSTER, check=True)
        ecu.wait_until(lambda: _ask(ecu, "status").status in (0, 1), 20, "the place to be free again")
    _expect_no_late_cycle(health)
    with ecu.start(["xhmctl", "--connect", _address(ecu), "events", "--follow"], in_domain=CLUSTER):
        ecu.run(["xl", "destroy", CLUSTER], check=True)
        health.await_event("restart_done", 90, CLUSTER)
    _expect_no_zombie(ecu)
    _expect_no_late_cycle(health)


@not_dedicated(OF_THE_PROCESS)
def test_cluster_and_supervisor_miss_each_other(ecu):
    """The sample's telltale: off while all is well, on in a safe state, on when xhmd stands still; the supervisor records a cluster that is killed."""
    health = Health(ecu)
    policies.change(ecu, _declare, install=True)
    health.set_mark()
    with ecu.start(["xhm-cluster", "--connect", _address(ecu), "--period", "200", "--silence-limit", "3000"], in_domain=CLUSTER) as cluster:
        cluster.wait_for("telltale off", 30)
        ecu.run("kill -STOP $(pidof xhmd)", check=True)
        cluster.wait_for("telltale on: supervisor silent", 30)
        ecu.run("kill -CONT $(pidof xhmd)", check=True)
        cluster.wait_for("telltale off", 60)
        ecu.run(["xhmctl", "safe-state", "enter", DIM], check=True)
        cluster.wait_for("telltale on: safe state", 20)
        health.set_mark()
        ecu.run("kill -9 $(pidof xhm-cluster)", in_domain=CLUSTER, check=True)
        silent = health.await_event("peer_silent", 20, CLUSTER)
        assert (silent["within_ms"], silent["peer_domid"]) == (3000, ecu.domains()[CLUSTER].domid), silent
