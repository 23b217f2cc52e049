# Covers: XHM-OVERRUN-1 XHM-MEMORY-1
"""What must not disturb the supervision: its own end, its neighbours' silence, clocks, peers."""

import time

from lib import policies
from lib.health import Health, seconds_between
from lib.testing import OF_THE_PROCESS, not_dedicated


def _observe(seconds: float):
    """Lets the ECU run: the absence of something can only be seen over a time."""
    time.sleep(seconds)


@not_dedicated(OF_THE_PROCESS)
def test_restart_of_the_supervisor_raises_no_alarm(ecu):
    """Stopping and starting xhmd while partitions run raises no fault and restarts nothing."""
    health = Health(ecu)
    mark = health.set_mark()
    ecu.run(["systemctl", "restart", "xhmd"], check=True, timeout=60)
    health.await_ok()
    _observe(10)
    health.expect_no_fault("agent_absent")
    health.expect_no_restart()
    started = health.await_event("supervisor_started", 5)
    assert started["sequence"] > mark and started["unclean"] == 0, started


@not_dedicated(OF_THE_PROCESS)
def test_killed_supervisor_loses_no_fault(ecu):
    """After `kill -9` xhmd is started again, has every event it had told, raises no false alarm, and says it was unclean."""
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xl", "vcpu-pin", "fusion", "0", "3"], check=True)
    health.await_event("fault_raised", 30, "fusion", "vcpu_affinity")
    told = health.events()
    ecu.run("kill -9 $(pidof xhmd)", check=True)
    ecu.wait_until(lambda: ecu.run(["xhmctl", "status"]).status in (0, 1), 60, "xhmd to be back")
    kept = {event["sequence"]: event for event in health.events()}
    lost = [event for event in told if kept.get(event["sequence"], {}).get("kind") != event["kind"]]
    assert not lost, f"events lost by kill -9: {lost}"
    assert health.await_event("supervisor_started", 10)["unclean"] == 1
    record = [fault for fault in health.faults() if fault["fault_name"] == "vcpu_affinity"]
    assert record and record[0]["partition"] == "fusion", health.faults()
    ecu.run(["xl", "vcpu-pin", "fusion", "0", "2"], check=True)
    health.await_ok()
    health.expect_no_fault("vcpu_affinity", "vcpu_placement", "agent_absent")
    health.expect_no_restart()


def test_killed_agent_raises_no_alarm_about_partitions(ecu):
    """After `kill -9` xhm-agent is started again; partitions keep their domains and no fault of theirs is raised."""
    health = Health(ecu)
    health.set_mark()
    before = {name: domain.domid for name, domain in ecu.domains().items()}
    ecu.run("kill -9 $(pidof xhm-agent)", check=True)
    ecu.wait_until(lambda: ecu.run("pidof xhm-agent").status == 0, 30, "xhm-agent to be back")
    health.await_ok()
    _observe(8)
    health.expect_no_fault("agent_absent")
    assert {name: domain.domid for name, domain in ecu.domains().items()} == before


def test_absent_agent_makes_a_restart_overdue(ecu):
    """Without the agent supervision goes on; a restart that is due waits, is reported overdue, and is done later."""
    health = Health(ecu)
    def edit(policy):
        fusion = policies.partition(policy, "fusion")
        fusion["startup_grace"] = fusion["restart"]["timeout"] = "15s"

    policies.change(ecu, edit)
    health.set_mark()
    ecu.run(["systemctl", "stop", "xhm-agent"], check=True, timeout=60)
    ecu.run(["xl", "destroy", "fusion"], check=True)
    health.await_event("fault_raised", 30, fault="agent_absent")
    health.await_event("restart_decided", 30, "fusion")
    health.await_event("fault_raised", 60, "fusion", "restart_overdue")
    brake = health.partition("brake")
    # A missed deadline is the emulator's, whose vCPUs share the host's processors.
    assert brake["life"] == "running" and all(entity["status"] == "OK" for entity in brake["entities"]), brake
    ecu.run(["systemctl", "start", "xhm-agent"], check=True, timeout=60)
    health.await_event("restart_done", 120, "fusion")
    health.await_ok()


@not_dedicated(OF_THE_PROCESS)
def test_stopped_supervisor_is_an_overrun(ecu):
    """xhmd stopped for 3 s: an overrun fault of the supervisor, and no restart of a healthy partition."""
    health = Health(ecu)
    health.set_mark()
    ecu.run("kill -STOP $(pidof xhmd); sleep 3; kill -CONT $(pidof xhmd)", check=True)
    overrun = health.await_event("fault_raised", 20, fault="supervisor_overrun")
    assert not overrun["partition"], overrun
    health.await_ok()
    health.expect_no_restart()
    health.expect_no_fault("supervisor_overrun", "agent_absent")


@not_dedicated("it stops xenstored, without which dom0 does not find the supervisor's domain")
def test_stalled_xenstored(ecu):
    """xenstored stopped for 30 s: attached partitions stay supervised, and the lost visibility is reported."""
    health = Health(ecu)
    health.set_mark()
    before = health.partition("brake")["entities"][0]["alive_counter"]
    ecu.run("kill -STOP $(pidof xenstored)", check=True)
    lost = health.await_event("fault_raised", 30, fault="xenstore_unknown")
    ecu.run("kill -STOP $(pidof xenstored); sleep 20", check=True, timeout=60)
    brake = health.partition("brake")
    assert brake["entities"][0]["alive_counter"] > before + 50, brake
    assert brake["status"] == "OK", brake
    ecu.run("kill -CONT $(pidof xenstored)", check=True)
    cleared = health.await_event("fault_cleared", 60, fault="xenstore_unknown")
    assert seconds_between(lost, cleared) > 15
    health.await_ok()
    health.expect_no_restart()
    health.expect_no_fault("xenstore_unknown", "agent_absent")


@not_dedicated("the supervisor has no journal")
def test_stalled_journal(ecu):
    """journald stopped while events come: no late cycle, no lost event, and the journal has them afterwards."""
    health = Health(ecu)
    health.set_mark()
    ecu.run("systemctl kill -s STOP systemd-journald", check=True)
    steps_before = health.status()["steps"]
    for pcpu in ("3", "2", "3", "2"):
        ecu.run(["xl", "vcpu-pin", "fusion", "0", pcpu], check=True)
        _observe(3)
    assert health.status()["steps"] >= steps_before + 80, "cycles were late while the journal was stalled"
    assert len([event for event in health.raised() if event["fault_name"] == "vcpu_affinity"]) == 2, health.raised()
    ecu.run("systemctl kill -s CONT systemd-journald", check=True)
    health.await_ok()
    health.expect_no_fault("vcpu_affinity", "vcpu_placement", "pcpu_shared")


@not_dedicated("it sets dom0's clock, which is not the supervisor's")
def test_wall_clock_set_back(ecu):
    """The wall clock set back a day has no effect but in displayed times."""
    health = Health(ecu)
    health.set_mark()
    ecu.run("date -s '-1 day'", check=True)
    _observe(10)
    health.expect_no_fault()
    health.expect_no_restart()
    ecu.run(["xl", "vcpu-pin", "fusion", "0", "3"], check=True)
    health.await_event("fault_raised", 30, "fusion", "vcpu_affinity")
    events = health.events()
    assert [event["monotonic_ns"] for event in events] == sorted(event["monotonic_ns"] for event in events)
    ecu.run(["xl", "vcpu-pin", "fusion", "0", "2"], check=True)
    health.await_ok()


@not_dedicated("supervisor-init has systemd's part")
def test_service_manager_is_told_the_truth(ecu):
    """READY after the first completed step, STATUS as it is, WATCHDOG only while steps complete: a hung xhmd is replaced."""
    shown = ecu.run("systemctl show xhmd -p ActiveState -p StatusText -p Type -p WatchdogUSec", check=True).stdout
    assert "ActiveState=active" in shown and "Type=notify" in shown and "ECU OK" in shown, shown
    health = Health(ecu)
    health.set_mark()
    before = ecu.run("pidof xhmd", check=True).stdout.strip()
    ecu.run(f"kill -STOP {before}", check=True)
    ecu.wait_until(lambda: ecu.run("pidof xhmd").stdout.strip() not in ("", before), 60, "systemd to replace the hung xhmd")
    health.await_ok()
    health.expect_no_restart()
    health.expect_no_fault("agent_absent")


@not_dedicated("the supervisor has no journal")
def test_journal_carries_stable_message_ids(ecu):
    """Events are in the journal with the message ids, fields and priorities that the catalogue documents."""
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xl", "vcpu-pin", "fusion", "0", "3"], check=True)
    raised = health.await_event("fault_raised", 30, "fusion", "vcpu_affinity")
    query = f"journalctl -b --no-pager -o json XHM_SEQUENCE={raised['sequence']}"
    ecu.wait_until(lambda: '"MESSAGE_ID"' in ecu.run(query).stdout, 20, "the event to be in the journal")
    entry = ecu.run(query, check=True).stdout
    for field in ('"XHM_FAULT":"vcpu_affinity"', '"XHM_PARTITION":"fusion"'):
        assert field in entry.replace(" ", ""), entry


@not_dedicated(OF_THE_PROCESS)
def test_clean_stop(ecu):
    """SIGTERM ends xhmd with status 0, within seconds, and the next start says that the end was clean."""
    ecu.run(["systemctl", "stop", "xhmd"], check=True, timeout=30)
    shown = ecu.run("systemctl show xhmd -p Result -p ExecMainStatus", check=True).stdout
    assert "Result=success" in shown and "ExecMainStatus=0" in shown, shown
    assert ecu.run(["xhmctl", "status"]).status == 3
    ecu.run(["systemctl", "start", "xhmd"], check=True, timeout=60)
    assert Health(ecu).await_match(lambda event: event["kind"] == "supervisor_started" and event["unclean"] == 0
                                   and event["starts"] > 1, 10, "a clean start")
