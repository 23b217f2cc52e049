# Covers: XHM-INJECTION-1 XHM-LATENCY-1
"""Fault injection through xhmctl: each kind causes its fault, is recorded, and is undone."""

from lib import paths, policies
from lib.health import Health, describe, seconds_between
from lib.testing import not_dedicated

NOT_PERMITTED = 4

# What is injected into which partition at the same time, and the faults that each must raise. What expires its entity comes
# last: only a new instance ends that.
ROUNDS = [
    {"brake": ("latency", {"latency_high"}),
     "fusion": ("frozen-clock", {"probe_clock"}),
     "infotainment": ("ring-overflow", {"probe_checkpoints_lost"})},
    {"brake": ("corrupt", {"probe_corrupt"}),
     "fusion": ("torn", {"probe_stuck"}),
     "infotainment": ("load", {"load_high"})},
    {"brake": ("slow", {"entity_deadline_late"}),
     "fusion": ("early", {"entity_deadline_early", "entity_alive_high"}),
     "infotainment": ("wrong-order", {"entity_logical"})},
    {"brake": ("pause", {"partition_paused"}),
     "fusion": ("vcpu-off", {"entity_alive_low", "vcpu_count"})},
]


def _inject(ecu, health: Health, kind: str, partition: str, *options: str) -> dict:
    """Returns the event that says who began it."""
    health.set_mark()
    ecu.run(["xhmctl", "inject", kind, partition, *options], check=True)
    started = health.await_event("injection_started", 10, partition)
    assert 0 in (started.get("uid"), started.get("peer_domid")), started  # root in dom0, or dom0 over vchan
    return started


def _expect_undone(health: Health, partition: str, fault: str, started: dict, seconds: float):
    """Undone by itself after the time that was asked for; the fault is cleared without a restart."""
    ended = health.await_event("injection_ended", 30 + seconds, partition)
    assert ended["failed"] == 0, ended
    assert seconds_between(started, ended) >= seconds, f"{describe(started)}, {describe(ended)}"
    health.await_event("fault_cleared", 60, partition, fault)
    health.await_ok()
    health.expect_no_restart()


def test_every_kind_raises_its_fault_and_clears(ecu):
    """Each kind of injection into a task or domain raises its fault, counts as injected, and is over when it is cleared."""
    health = Health(ecu)
    policies.change(ecu, policies.supervise_everything)
    for kinds in ROUNDS:
        health.await_ok()
        health.set_mark()
        for partition, (kind, _) in kinds.items():
            ecu.run(["xhmctl", "inject", kind, partition], check=True)
        started = {partition: health.await_event("injection_started", 30, partition) for partition in kinds}
        for partition, (kind, faults) in kinds.items():
            assert started[partition]["injection"] == kind, started
            for fault in faults:
                health.await_event("fault_raised", 40, partition, fault)
        _expect_marks(health, kinds, started)
        ecu.run(["xhmctl", "inject", "clear"], check=True)
        for partition in kinds:
            ended = health.await_event("injection_ended", 30, partition)
            assert ended["failed"] == 0, ended
        _restart_expired(ecu, health)
        for partition, (_, faults) in kinds.items():
            for fault in faults:
                health.await_event("fault_cleared", 60, partition, fault)


def _expect_marks(health: Health, kinds: dict, started: dict):
    """The fault memory says of each of these faults that it was injected, and when that took effect."""
    records = {(record["partition"], record["fault_name"]): record for record in health.faults()}
    for partition, (_, faults) in kinds.items():
        for fault in faults:
            record = records[partition, fault]
            assert record["injected"] >= 1, record
            assert record["injection_sequence"] == started[partition]["sequence"], (record, started[partition])


def test_latency_beyond_its_budget(ecu):
    """A task that wakes up too late, as its histogram counts it, exceeds its latency budget until the window is over."""
    def declare(policy):
        entity = policies.partition(policy, "fusion")["entities"][0]
        entity["latency_budget"] = {"late": "1048576us", "window": "5s", "limit": 5}
        policies.react(policy, "fusion", "report", classes=("deadline",))

    def late() -> int:
        return health.partition("fusion")["entities"][0]["latency_histogram"][-1]["count"]

    health = Health(ecu)
    policies.change(ecu, declare)
    health.await_ok()
    assert health.partition("brake")["entities"][0]["latency_histogram"] is None
    before = late()
    started = _inject(ecu, health, "latency", "fusion", "--for", "5s")
    raised = health.await_event("fault_raised", 30, "fusion", "latency_budget")
    assert raised["v1"] > 5, raised
    _expect_undone(health, "fusion", "latency_budget", started, 5)
    assert late() >= before + 6


def _restart_expired(ecu, health: Health):
    """EXPIRED lasts until the instance is another one; here the policy leaves that to the operator."""
    for partition in health.status()["partitions"]:
        if any(entity["status"] == "EXPIRED" for entity in partition["entities"]):
            ecu.run(["xhmctl", "restart", partition["name"]], check=True)
    for event in health.events():
        if event["kind"] == "restart_requested":
            health.await_event("restart_done", 120, event["partition"])


@not_dedicated("xhmd's process cannot be stopped from dom0, and without xenstored dom0 does not find the supervisor's domain")
def test_injections_into_the_ecu_are_bounded(ecu):
    """Stopped xhmd, agent and xenstored are told as faults of the supervisor or its links, end in time, and harm nobody."""
    health = Health(ecu)
    before = {name: domain.domid for name, domain in ecu.domains().items()}
    for kind, duration, fault in (("overrun", 3, "supervisor_overrun"), ("agent-gone", 7, "agent_absent"),
                                  ("visibility", 12, "xenstore_unknown")):
        health.set_mark()
        ecu.run(["xhmctl", "inject", kind, "--for", f"{duration}s"], check=True)
        started = health.await_event("injection_started", 20)
        raised = health.await_event("fault_raised", duration + 20, fault=fault)
        cleared = health.await_event("fault_cleared", duration + 40, fault=fault)
        ended = health.await_event("injection_ended", duration + 40)
        assert (started["injection"], ended["injection"], ended["failed"]) == (kind, kind, 0), (started, ended)
        assert not started["partition"] and not raised["partition"], (started, raised)
        assert seconds_between(started, cleared) < duration + 30, (describe(started), describe(cleared))
        health.await_ok()
        health.expect_no_fault(fault, "agent_absent")
        health.expect_no_restart()
    assert {name: domain.domid for name, domain in ecu.domains().items()} == before


@not_dedicated("it stops xenstored, without which dom0 does not find the supervisor's domain")
def test_what_is_stopped_goes_on_without_the_agent(ecu):
    """A stopped xenstored goes on when the injection is cleared, and when the agent that stopped it is killed."""
    def state() -> str:
        return ecu.run("cut -d' ' -f3 /proc/$(pidof xenstored)/stat", check=True).stdout.strip()

    health = Health(ecu)
    for end in (["xhmctl", "inject", "clear"], ["sh", "-c", "kill -9 $(pidof xhm-agent)"]):
        health.set_mark()
        ecu.run(["xhmctl", "inject", "visibility", "--for", "60s"], check=True)
        ecu.wait_until(lambda: state() == "T", 20, "xenstored to be stopped")
        ecu.run(end, check=True)
        ecu.wait_until(lambda: state() != "T", 10, f"xenstored to go on after `{' '.join(end)}`")
        ecu.run(["xhmctl", "inject", "clear"])
        health.await_event("injection_ended", 40)
    health.await_ok()
    health.expect_no_restart()


def test_injected_hang_is_cleared(ecu):
    """A hang of a task is entity_alive_low; `inject clear` lets it go on, where the policy restarts nothing."""
    health = Health(ecu)
    _inject(ecu, health, "hang", "infotainment")
    health.await_event("fault_raised", 30, "infotainment", "entity_alive_low")
    ecu.run(["xhmctl", "inject", "clear", "infotainment"], check=True)
    ended = health.await_event("injection_ended", 30, "infotainment")
    assert ended["failed"] == 0, ended
    health.await_event("fault_cleared", 60, "infotainment", "entity_alive_low")
    health.await_ok()
    health.expect_no_restart()


def test_injected_spin_ends_with_its_instance(ecu):
    """A spinning vCPU starves its tasks: entity_alive_low, restarted, healthy; the injection ends with what it was in."""
    health = Health(ecu)
    _inject(ecu, health, "spin", "brake")
    health.await_event("fault_raised", 30, "brake", "entity_alive_low")
    before, after = health.restarted("brake")
    assert after != before
    health.await_event("injection_ended", 30, "brake")
    health.await_ok()
    health.expect_no_restart("brake")


def test_injected_crash_is_over_when_it_happened(ecu):
    """A crash is partition_crashed, recorded with its beginning and its end, and needs no clearing for the next one."""
    health = Health(ecu)
    for _ in range(2):
        _inject(ecu, health, "crash", "fusion")
        health.await_event("fault_raised", 30, "fusion", "partition_crashed")
        assert health.await_event("injection_ended", 30, "fusion")["failed"] == 0
        health.restarted("fusion")
        health.await_ok()


def test_injected_pin_is_undone_after_its_time(ecu):
    """A vCPU pinned to another pCPU for 5 s: vcpu_affinity, then as declared again, without a restart."""
    health = Health(ecu)
    started = _inject(ecu, health, "pin", "brake", "--for", "5s")
    health.await_event("fault_raised", 30, "brake", "vcpu_affinity")
    _expect_undone(health, "brake", "vcpu_affinity", started, 5)
    assert next(vcpu.hard for vcpu in ecu.vcpus() if vcpu.domain == "brake") == "1"


def test_injected_memory_is_undone_after_its_time(ecu):
    """Memory taken away for 15 s: memory_size, then the declared size again, without a restart."""
    health = Health(ecu)
    before = health.partition("fusion")["memory_kib"]
    started = _inject(ecu, health, "memory", "fusion", "--for", "15s")
    health.await_event("fault_raised", 30, "fusion", "memory_size")
    _expect_undone(health, "fusion", "memory_size", started, 15)
    after = health.partition("fusion")
    assert after["memory_kib"] == before and after["memory_limit_kib"] >= before, after


def test_injected_overload_is_undone_after_its_time(ecu):
    """A vCPU of another domain computing on the pCPU for 15 s: deadline_misses, then none, without a restart."""
    health = Health(ecu)
    started = _inject(ecu, health, "deadline", "brake", "--for", "15s")
    health.await_event("fault_raised", 60, "brake", "deadline_misses")
    _expect_undone(health, "brake", "deadline_misses", started, 15)
    health.await_event("fault_cleared", 60, "brake", "pcpu_shared")
    assert next(vcpu.hard for vcpu in ecu.vcpus() if vcpu.domain == "infotainment") == "3"


def test_clear_undoes_all(ecu):
    """`inject clear` without a name undoes every injection, each with an event of its own."""
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xhmctl", "inject", "pin", "brake"], check=True)
    ecu.run(["xhmctl", "inject", "pin", "fusion"], check=True)
    health.await_event("fault_raised", 30, "brake", "vcpu_affinity")
    health.await_event("fault_raised", 30, "fusion", "vcpu_affinity")
    assert ecu.run(["xhmctl", "inject", "memory", "brake"]).status == 1, "a second injection into brake was taken"
    ecu.run(["xhmctl", "inject", "clear"], check=True)
    for partition in ("brake", "fusion"):
        assert health.await_event("injection_ended", 30, partition)["failed"] == 0
        health.await_event("fault_cleared", 30, partition, "vcpu_affinity")
    health.await_ok()
    health.expect_no_restart()


@not_dedicated("its policies give dom0 no role over vchan")
def test_injection_that_the_policy_forbids(ecu):
    """Where the policy forbids injection, for a partition or the ECU, it is refused: exit status 4, nothing happens."""
    health = Health(ecu)
    text = (paths.POLICIES / "cockpit.yaml").read_text()
    for_brake = text.replace("    injection: allowed", "    injection: forbidden", 1)
    for_all = text.replace("injection: allowed", "injection: forbidden")
    assert len({text, for_brake, for_all}) == 3

    _apply(ecu, for_brake)
    health.set_mark()
    refused = ecu.run(["xhmctl", "inject", "crash", "brake"])
    assert refused.status == NOT_PERMITTED and "brake" in refused.stderr, refused
    _apply(ecu, for_all)
    for partition in ("brake", "fusion", "infotainment"):
        assert ecu.run(["xhmctl", "inject", "hang", partition]).status == NOT_PERMITTED
    health.expect_no_fault()
    health.expect_no_restart()
    assert not [event for event in health.events() if event["kind"] == "injection_started"], health.events()


def _apply(ecu, policy: str):
    ecu.run("cat >/root/policy.yaml && xhmctl policy apply /root/policy.yaml", stdin=policy.encode(), check=True)
