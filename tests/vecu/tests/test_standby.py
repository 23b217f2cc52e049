"""Fail over on a real Xen: brake has a standby that has booted, was healthy, and is paused until it is needed."""

from lib import policies
from lib.health import Health, seconds_between
from lib.testing import on

BRAKE, STANDBY = "brake", "brake-standby"


def _is_paused(ecu, domain: str) -> bool:
    return "p" in ecu.domains()[domain].state


def _await_pair(ecu, health: Health, serving: str, standby: str, bound: float = 150):
    def ready():
        lives = {entry["name"]: entry["life"] for entry in health.status()["partitions"]}
        return lives[serving] == "running" and lives[standby] == "standby"
    ecu.wait_until(ready, bound, f"{serving} to serve and {standby} to stand by")
    assert _is_paused(ecu, standby) and not _is_paused(ecu, serving), ecu.domains()


def _fail_over(ecu, health: Health, failing: str, taking_over: str, order: list[str]) -> tuple[float, float]:
    """Returns the seconds from the fault, and from the decision, to the first good reference cycle."""
    health.set_mark()
    before = ecu.domains()
    ecu.run(order, check=True)
    begun = health.await_event("fail_over_begun", 40, taking_over)
    done = health.await_event("fail_over_done", 40, taking_over)
    fault = next((event for event in health.events() if event["kind"] == "injection_started"), begun)
    assert health.partition(taking_over)["active"] and not health.partition(failing)["active"]
    # It was not built anew: that is what makes it fast.
    assert ecu.domains()[taking_over].domid == before[taking_over].domid
    _await_pair(ecu, health, taking_over, failing)
    assert ecu.domains()[failing].domid != before[failing].domid
    health.await_ok()
    return seconds_between(fault, done), seconds_between(begun, done)


def _expect_refusal_without_standby(ecu):
    """A policy that leaves the paused standby out would leave it paused for ever: exit status 5, and nothing happens."""
    def leave_out(policy):
        policies.react(policy, BRAKE, "report")  # without a standby there is no rung fail_over, and no FHTI
        policies.partition(policy, BRAKE).pop("allocated_fhti", None)
        policy["partitions"] = [entry for entry in policy["partitions"] if entry["name"] != STANDBY]
    refused = policies.offer(ecu, leave_out)
    assert refused.status == 5 and STANDBY in refused.stderr and "paused" in refused.stderr, refused
    assert _is_paused(ecu, STANDBY), ecu.domains()


@on("standby")
def test_fail_over_and_back(ecu):
    """A hung brake is replaced by its paused standby in the time that `policy check` derives; the agent builds the next; and back."""
    health = Health(ecu)
    bound = policies.bounds(ecu, BRAKE)["entity"]["fhti"]
    _await_pair(ecu, health, BRAKE, STANDBY)
    _expect_refusal_without_standby(ecu)
    for failing, taking_over in ((BRAKE, STANDBY), (STANDBY, BRAKE)):
        from_fault, from_decision = _fail_over(ecu, health, failing, taking_over, ["xhmctl", "inject", "hang", failing])
        print(f"      {taking_over} took over from {failing}: {from_fault:.2f} s after the fault, {from_decision:.2f} s after the "
              f"decision, bound {bound:.2f} s")
        assert from_fault < bound, (from_fault, bound)
        health.expect_no_restart(failing)  # rebuilding the next standby may be one


@on("standby")
def test_fail_over_of_a_crash_and_by_an_operator(ecu):
    """A crashed kernel fails over too, also right after kill -9 of xhmd; an operator can fail over, not without a standby."""
    health = Health(ecu)
    _await_pair(ecu, health, BRAKE, STANDBY)
    ecu.run("kill -9 $(pidof xhmd)", check=True)
    health.await_ok()
    # The one pause is still owned: not taken twice, and taken back when it is needed.
    _await_pair(ecu, health, BRAKE, STANDBY)
    _fail_over(ecu, health, BRAKE, STANDBY, ["xhmctl", "inject", "crash", BRAKE])
    _fail_over(ecu, health, STANDBY, BRAKE, ["xhmctl", "fail-over", STANDBY])
    health.set_mark()
    ecu.run(["xl", "destroy", STANDBY], check=True)
    ecu.wait_until(lambda: health.partition(STANDBY)["life"] != "standby", 20, "the loss of the standby to be seen")
    refused = ecu.run(["xhmctl", "fail-over", BRAKE])
    assert refused.status == 1, refused
    _await_pair(ecu, health, BRAKE, STANDBY)
    health.await_ok()
    _expect_failed_fail_over(ecu, health)


def _expect_failed_fail_over(ecu, health: Health):
    """A standby that is not healthy in time after it was unpaused: fail_over_failed, and the ladder goes on with it."""
    def edit(policy):
        policies.partition(policy, STANDBY)["startup_grace"] = "200ms"
    policies.change(ecu, edit)
    health.set_mark()
    ecu.run(["xhmctl", "fail-over", BRAKE], check=True)
    raised = health.await_event("fault_raised", 20, STANDBY, "fail_over_failed")
    assert raised["sequence"] > health.await_event("fail_over_begun", 20, STANDBY)["sequence"], raised
