"""Escalation on a real Xen: the next rung when one is used up, pauses that are owned, last resorts."""

from lib import policies
from lib.health import Health, seconds_between
from lib.testing import OF_THE_PROCESS, alone, not_dedicated


def _state(ecu, domain: str) -> str:
    """As `xl list` prints it, empty when there is none."""
    found = ecu.domains().get(domain)
    return found.state if found else ""


def _kill_supervisor(ecu, health: Health):
    starts = len([event for event in health.events() if event["kind"] == "supervisor_started"])
    ecu.run("kill -9 $(pidof xhmd)", check=True)
    ecu.wait_until(lambda: ecu.run(["xhmctl", "status"]).status in (0, 1)
                   and len([event for event in health.events() if event["kind"] == "supervisor_started"]) > starts,
                   60, "xhmd to be back")


@not_dedicated(OF_THE_PROCESS)
def test_restarts_used_up_over_restarts_of_the_supervisor(ecu):
    """A restart uses up the window, then the next rung, stop; kill -9 of xhmd in between forgets nothing; an operator leads out."""
    def edit(policy):
        policies.react(policy, "fusion", "restart", "stop", classes=("presence", "entity"))
        policies.partition(policy, "fusion")["restart"].update(limit=1, within="10m")

    health = Health(ecu)
    policies.change(ecu, edit, install=True)
    health.set_mark()
    ecu.run(["xl", "destroy", "fusion"], check=True)
    health.await_event("restart_done", 120, "fusion")
    assert health.partition("fusion")["restarts_in_window"] == 1
    _kill_supervisor(ecu, health)
    health.await_ok()
    assert health.partition("fusion")["restarts_in_window"] == 1
    ecu.run(["xhmctl", "inject", "hang", "fusion"], check=True)
    halted = health.await_event("halted", 60, "fusion")
    assert halted["how"] == "stop", halted
    ecu.wait_until(lambda: _state(ecu, "fusion") == "" or "s" in _state(ecu, "fusion"), 30, "fusion to be stopped")
    assert ecu.run(["xhmctl", "status"]).status == 1
    assert len([event for event in health.events() if event["kind"] == "restart_decided"]) == 1
    _kill_supervisor(ecu, health)
    assert health.partition("fusion")["life"] == "halted"
    mark = health.set_mark()
    ecu.run(["xhmctl", "restart", "fusion"], check=True)
    assert health.await_event("restart_done", 120, "fusion")["sequence"] > mark
    health.await_ok()


@not_dedicated(OF_THE_PROCESS)
def test_a_pause_is_owned_once(ecu):
    """A partition that the ladder pauses is paused once, also after kill -9 of xhmd: without xhmd one unpause brings it back."""
    def edit(policy):
        policies.react(policy, "fusion", "pause", classes=("entity",))

    health = Health(ecu)
    policies.change(ecu, edit, install=True)
    health.set_mark()
    ecu.run(["xhmctl", "inject", "hang", "fusion"], check=True)
    halted = health.await_event("halted", 60, "fusion")
    assert halted["how"] == "pause", halted
    ecu.wait_until(lambda: "p" in _state(ecu, "fusion"), 10, "fusion to be paused")
    _kill_supervisor(ecu, health)
    assert health.partition("fusion")["life"] == "halted"
    assert "p" in _state(ecu, "fusion")
    ecu.run(["systemctl", "stop", "xhmd"], check=True, timeout=60)
    ecu.run(["xl", "unpause", "fusion"], check=True)
    ecu.wait_until(lambda: "p" not in _state(ecu, "fusion"), 10, "one unpause to be enough")
    ecu.run("echo alive", in_domain="fusion", check=True)
    ecu.run(["systemctl", "start", "xhmd"], check=True, timeout=60)
    ecu.wait_until(lambda: "p" in _state(ecu, "fusion"), 20, "what is halted to be paused again")
    health.set_mark()
    ecu.run(["xhmctl", "restart", "fusion"], check=True)
    health.await_event("restart_done", 120, "fusion")
    health.await_ok()


@not_dedicated(OF_THE_PROCESS)
def test_last_resort_restarts_the_supervisor(ecu):
    """The last resort restart_supervisor ends xhmd with an error, systemd starts it again; its number in a row is limited."""
    def edit(policy):
        # For the next life of xhmd fusion has just appeared, and is not healthy in time.
        policies.react(policy, "fusion", "last_resort", classes=("entity", "presence"))
        policies.partition(policy, "fusion").update(startup_grace="15s")
        policy["supervisor"].update(last_resort="restart_supervisor", last_resort_limit=2)
        for partition in policy["partitions"]:
            partition["restart"]["within"] = "5s"  # the ECU counts as healthy after so long without a break

    health = Health(ecu)
    policies.change(ecu, edit, install=True)
    before = ecu.run("pidof xhmd", check=True).stdout
    health.set_mark()
    ecu.run(["xhmctl", "inject", "hang", "fusion"], check=True)
    ecu.wait_until(lambda: _is_limit_reached(ecu, health), 180, "the last resorts in a row to be used up")
    assert ecu.run("pidof xhmd", check=True).stdout != before
    taken = [event["in_a_row"] for event in health.events() if event["kind"] == "last_resort"]
    assert taken == [1, 2], taken
    ecu.run(["xhmctl", "inject", "clear"], check=True)
    ecu.run(["xhmctl", "restart", "fusion"], check=True)
    health.await_ok(240)  # the fault last_resort_limit ends after a restart window without a break


def _is_limit_reached(ecu, health: Health) -> bool:
    """Between two lives of xhmd nobody answers."""
    asked = ecu.run(["xhmctl", "events", "--since", str(health.mark)])
    return asked.status == 0 and "last_resort_limit" in asked.stdout


@not_dedicated("the supervisor has no right to reboot the ECU, and a policy that says so is refused")
def test_last_resort_reboots_the_ecu(ecu):
    """The last resort reboot_ecu reboots the machine: the emulator, told not to start it again, ends."""
    def edit(policy):
        policies.react(policy, "fusion", "last_resort", classes=("entity",))
        policy["supervisor"].update(last_resort="reboot_ecu", last_resort_limit=3)

    health = Health(ecu)
    policies.change(ecu, edit)
    ecu.run(["xhmctl", "inject", "hang", "fusion"], check=True)
    health.await_event("injection_started", 20, "fusion")
    ecu.wait_until(lambda: not ecu.machine.running(), 60, "the machine to end")


@alone("measured times are compared with derived bounds")
def test_measured_times_stay_below_the_bounds(ecu):
    """Pin, crash and hang are detected, and a hang is answered by a pause, in the times that `policy check` derives for it."""
    def edit(policy):
        policy["supervisor"].update(scheduling_latency="500ms", direct_action="200ms")  # the emulator's jitter
        policies.react(policy, "brake", "pause", classes=("entity",))

    health = Health(ecu)
    policies.change(ecu, edit)
    bounds = policies.bounds(ecu, "brake")
    for kind, event, fault, fault_class, time in (("pin", "fault_raised", "vcpu_affinity", "placement", "fdti"),
                                                  ("crash", "fault_raised", "partition_crashed", "presence", "fdti"),
                                                  ("hang", "fault_raised", "entity_alive_low", "entity", "fdti"),
                                                  ("hang", "halted", None, "entity", "fhti")):
        if event == "fault_raised":
            health.await_ok()
            health.set_mark()
            ecu.run(["xhmctl", "inject", kind, "brake"], check=True)
        begun = health.await_event("injection_started", 20, "brake")
        seen = health.await_event(event, 60, "brake", fault)
        took, bound = seconds_between(begun, seen), bounds[fault_class][time]
        print(f"      {kind}: {event} {took:.2f} s after it took effect, bound ({time} of class {fault_class}) {bound:.2f} s")
        assert took < bound, (kind, took, bounds)
        if kind != "hang":
            ecu.run(["xhmctl", "inject", "clear", "brake"], check=True)
            health.await_event("injection_ended", 60, "brake")
