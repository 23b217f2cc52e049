"""ECU modes, maintenance and the fault memory by request, on a real Xen."""

import json
import time

from lib import policies
from lib.health import Health, seconds_between
from lib.testing import OF_THE_PROCESS, not_dedicated


def _await_starts_for_seconds_only(policy):
    """A partition that is absent when its judgement begins, by mode or maintenance, is awaited for so long."""
    for entry in policy["partitions"]:
        entry["start_within"] = "5s"


@not_dedicated(OF_THE_PROCESS)
def test_shutdown_is_no_mass_death(ecu):
    """In mode shutdown all partitions end and nothing is raised or restarted; back in mode run they are missed and made again."""
    health = Health(ecu)
    policies.change(ecu, _await_starts_for_seconds_only, install=True)
    health.set_mark()
    ecu.run(["xhmctl", "mode", "shutdown"], check=True)
    assert health.await_event("mode_changed", 10)["mode"] == "shutdown"
    assert health.status()["mode"] == "shutdown"
    for partition in ("brake", "fusion", "infotainment"):
        ecu.run(["xl", "destroy", partition], check=True)
    ecu.wait_until(lambda: all(entry["life"] == "absent" for entry in health.status()["partitions"]), 20,
                   "the partitions' end to be seen")
    time.sleep(6)  # the absence of something can only be seen over a time
    health.expect_no_fault()
    health.expect_no_restart()
    ecu.run("kill -9 $(pidof xhmd)", check=True)
    ecu.wait_until(lambda: ecu.run(["xhmctl", "status"]).status in (0, 1), 60, "xhmd to be back")
    assert health.status()["mode"] == "shutdown", "the mode was forgotten by a restart of xhmd"
    health.expect_no_fault()
    ecu.run(["xhmctl", "mode", "run"], check=True)
    health.await_ok(240)


@not_dedicated(OF_THE_PROCESS)
def test_maintenance_is_limited_in_time(ecu):
    """During maintenance the end of a partition has no reaction; it ends by itself or by request, and then it is restarted."""
    health = Health(ecu)
    policies.change(ecu, _await_starts_for_seconds_only, install=True)
    health.set_mark()
    ecu.run(["xhmctl", "maintenance", "fusion", "--for", "12s"], check=True)
    begun = health.await_event("maintenance_begun", 10, "fusion")
    assert begun["ms"] == 12000, begun
    ecu.run(["xl", "destroy", "fusion"], check=True)
    ended = health.await_event("maintenance_ended", 60, "fusion")
    assert ended["by_request"] == 0 and seconds_between(begun, ended) >= 11.5, (begun, ended)
    decided = health.await_event("restart_decided", 30, "fusion")
    assert decided["sequence"] > ended["sequence"], (decided, ended)
    health.await_ok()

    health.set_mark()
    ecu.run(["xhmctl", "maintenance", "fusion", "--for", "10m"], check=True)
    ecu.run("kill -9 $(pidof xhmd)", check=True)
    ecu.wait_until(lambda: ecu.run(["xhmctl", "status"]).status in (0, 1), 60, "xhmd to be back")
    assert health.partition("fusion")["maintenance_left_ms"] > 0, "maintenance was forgotten by a restart of xhmd"
    ecu.run(["xhmctl", "maintenance", "fusion", "--end"], check=True)
    assert health.await_event("maintenance_ended", 10, "fusion")["by_request"] == 1
    assert ecu.run(["xhmctl", "maintenance", "fusion", "--for", "25h"]).status != 0
    health.expect_no_fault("agent_absent")


@not_dedicated(OF_THE_PROCESS)
def test_fault_memory_by_request(ecu):
    """faults show explains one; aging by operation cycles; clear removes what is not active; kill -9 of xhmd loses nothing."""
    def record():
        return next((fault for fault in health.faults() if (fault["fault_name"], fault["partition"]) == ("vcpu_affinity", "fusion")),
                    None)

    health = Health(ecu)
    ecu.run(["xhmctl", "operation-cycle", "begin"], check=True)
    health.set_mark()
    ecu.run(["xhmctl", "inject", "pin", "fusion", "--for", "4s"], check=True)
    health.await_event("fault_raised", 30, "fusion", "vcpu_affinity")
    assert record()["active"] and record()["injected"] == 1 and record()["freeze_frame"], record()
    shown = ecu.run(["xhmctl", "faults", "show", "vcpu_affinity"], check=True).stdout
    assert "0x0501" in shown or "vcpu_affinity" in shown, shown
    health.await_event("fault_cleared", 60, "fusion", "vcpu_affinity")
    for _ in range(2):
        ecu.run(["xhmctl", "operation-cycle", "end"], check=True)
        ecu.run(["xhmctl", "operation-cycle", "begin"], check=True)
    aged = record()
    assert not aged["active"] and aged["aging_cycles"] >= 1, aged
    ecu.run("kill -9 $(pidof xhmd)", check=True)
    ecu.wait_until(lambda: ecu.run(["xhmctl", "status"]).status in (0, 1), 60, "xhmd to be back")
    kept = record()
    assert {key: kept[key] for key in ("occurrences", "first_sequence", "last_sequence", "aging_cycles")} == \
        {key: aged[key] for key in ("occurrences", "first_sequence", "last_sequence", "aging_cycles")}, (aged, kept)
    status = json.loads(ecu.run(["xhmctl", "--json", "status"]).stdout)
    assert status["operation_cycle"] >= 3 and status["operation_cycle_open"], status
    ecu.run(["xhmctl", "faults", "clear"], check=True)
    ecu.wait_until(lambda: record() is None, 10, "the record to be removed")
    health.await_event("faults_cleared", 10)
    health.await_ok()
