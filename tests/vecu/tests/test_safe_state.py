"""Safe states on a real Xen: entered by request and by a ladder, latched over the supervisor's end, left in two steps."""

import json

from lib import policies
from lib.health import Health
from lib.testing import OF_THE_PROCESS, not_dedicated

DARK = "dark"


def _declare(policy):
    """In the safe state brake goes on, fusion is paused and infotainment stopped."""
    policy["safe_states"] = [{"name": DARK, "pause": ["fusion"], "stop": ["infotainment"]}]
    policies.partition(policy, "brake")["safe_state"] = DARK
    policies.react(policy, "brake", "safe_state", classes=("entity",))


def _state(ecu, domain: str) -> str:
    found = ecu.domains().get(domain)
    return found.state if found else ""


def _is_safe(ecu) -> bool:
    """By Xen's account."""
    return ("p" in _state(ecu, "fusion") and _state(ecu, "brake") != "" and "p" not in _state(ecu, "brake")
            and (_state(ecu, "infotainment") == "" or "s" in _state(ecu, "infotainment")))


def _latched(health: Health) -> dict | None:
    return health.status()["safe_state"]


def _supervisor_is_back(ecu):
    ecu.wait_until(lambda: ecu.run(["xhmctl", "status"]).status in (0, 1), 60, "xhmd to be back")


def _leave(ecu, health: Health):
    """Two steps; a wrong token and a repeated one leave nothing."""
    first = json.loads(ecu.run(["xhmctl", "--json", "safe-state", "clear"], check=True).stdout)
    assert first["safe_state"] == DARK, first
    assert ecu.run(["xhmctl", "safe-state", "clear", "--confirm", "1234"]).status != 0
    assert _latched(health), "a wrong token left the safe state"
    first = json.loads(ecu.run(["xhmctl", "--json", "safe-state", "clear"], check=True).stdout)
    ecu.run(["xhmctl", "safe-state", "clear", "--confirm", first["token"]], check=True)
    health.await_event("safe_state_cleared", 20)
    assert not _latched(health)
    assert ecu.run(["xhmctl", "safe-state", "clear", "--confirm", first["token"]]).status != 0


@not_dedicated(OF_THE_PROCESS)
def test_safe_state_by_request(ecu):
    """Acknowledged when latched on storage; kept over kill -9 and a restart of xhmd; nothing restarted meanwhile; left in two steps."""
    health = Health(ecu)
    policies.change(ecu, _declare, install=True)
    health.set_mark()
    ecu.run(["xhmctl", "safe-state", "enter", DARK], check=True)
    entered = health.await_event("safe_state_entered", 10)
    assert entered["cause"] == "request", entered
    assert _latched(health)["stored"], _latched(health)
    ecu.wait_until(lambda: _is_safe(ecu), 20, "fusion to be paused and infotainment stopped")
    for end in ("kill -9 $(pidof xhmd)", "systemctl restart xhmd"):
        ecu.run(end, check=True, timeout=60)
        _supervisor_is_back(ecu)
        assert _latched(health)["name"] == DARK
        assert _is_safe(ecu), ecu.domains()
    # Nothing is restarted behind its back: neither what it stopped, nor what ends, nor for an operator.
    before = ecu.domains()["brake"].domid
    ecu.run(["xl", "destroy", "brake"], check=True)
    ecu.wait_until(lambda: health.partition("brake")["life"] == "absent", 20, "the end of brake to be seen")
    assert ecu.run(["xhmctl", "restart", "brake"]).status == 1
    ecu.run(["sleep", "5"], check=True)  # the absence of something can only be seen over a time
    assert _state(ecu, "brake") == "" and _latched(health), ecu.domains()
    health.expect_no_restart()
    _leave(ecu, health)
    health.await_ok(180)
    domains = ecu.domains()
    assert domains["brake"].domid != before and "p" not in domains["fusion"].state and "infotainment" in domains, domains


@not_dedicated(OF_THE_PROCESS)
def test_safe_state_by_a_ladder_and_boot_loop_guard(ecu):
    """A ladder enters the safe state; starts in a row in an ECU that is never healthy end in one as well."""
    def edit(policy):
        _declare(policy)
        policy["supervisor"].update(boot_limit=3, boot_safe_state=DARK)

    health = Health(ecu)
    policies.change(ecu, edit, install=True)
    health.set_mark()
    ecu.run(["xhmctl", "inject", "hang", "brake"], check=True)
    entered = health.await_event("safe_state_entered", 60)
    assert entered["cause"] == "ladder", entered
    ecu.wait_until(lambda: _is_safe(ecu), 20, "fusion to be paused and infotainment stopped")
    health.expect_no_restart()
    # Expired is expired until the instance is another one: with the hung one the safe state would be entered at once again.
    ecu.run(["xl", "destroy", "brake"], check=True)
    ecu.wait_until(lambda: health.partition("brake")["life"] == "absent", 20, "the end of brake to be seen")
    _leave(ecu, health)
    health.await_ok(180)

    # Somebody keeps the ECU from health, and xhmd dies again and again.
    ecu.run(["xhmctl", "inject", "pin", "fusion"], check=True)
    health.await_event("fault_raised", 30, "fusion", "vcpu_affinity")
    health.set_mark()
    for _ in range(8):
        ecu.run("kill -9 $(pidof xhmd)", check=True)
        _supervisor_is_back(ecu)
        if _latched(health):
            break
    assert health.await_event("safe_state_entered", 10)["cause"] == "boot_loop"
    health.await_event("fault_raised", 10, fault="boot_loop")
    assert health.status()["starts_without_health"] > 3, health.status()
    ecu.wait_until(lambda: _is_safe(ecu), 20, "fusion to be paused and infotainment stopped")


@not_dedicated(OF_THE_PROCESS)
def test_unreadable_latch_is_pessimistic(ecu):
    """After kill -9 and with a fault memory that is damaged, xhmd starts in the boot safe state: latch_unknown, left in two steps."""
    def edit(policy):
        _declare(policy)
        policy["supervisor"]["boot_safe_state"] = DARK

    health = Health(ecu)
    policies.change(ecu, edit, install=True)
    ecu.run(["sh", "-c", "systemctl kill -s KILL xhmd; systemctl stop xhmd; truncate -s 4096 /var/lib/xhm/fault-memory; "
             "systemctl reset-failed xhmd; systemctl start xhmd"], check=True, timeout=60)
    _supervisor_is_back(ecu)
    health.mark = 0
    health.await_event("fault_raised", 20, fault="latch_unknown")
    entered = health.await_event("safe_state_entered", 10)
    assert (entered["safe_state"], entered["cause"]) == (DARK, "latch_unknown"), entered
    ecu.wait_until(lambda: _is_safe(ecu), 20, "fusion to be paused and infotainment stopped")
    _leave(ecu, health)
    health.await_event("fault_cleared", 20, fault="latch_unknown")
    health.await_ok()
