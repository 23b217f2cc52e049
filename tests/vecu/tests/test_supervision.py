"""What the supervisor sees and does on a real Xen: the demo's steps, and what lies beside them."""

from lib import demo_steps
from lib.health import Health, seconds_between


def test_all_healthy(ecu):
    """A restored ECU is healthy, by the supervisor's and by Xen's account."""
    demo_steps.all_healthy(ecu)


def test_hung_task_is_restarted(ecu):
    """A hung RT task is detected and its partition restarted, healthy, under a new domid; nobody else is touched."""
    demo_steps.hung_task(ecu)
    health = Health(ecu)
    assert health.partition("brake")["restarts"] == 1
    assert all(health.partition(name)["restarts"] == 0 for name in ("fusion", "infotainment"))


def test_moved_vcpu_is_reported(ecu):
    """A vCPU moved off its declared pCPU is a fault until it is back; nothing is restarted."""
    demo_steps.moved_vcpu(ecu)
    Health(ecu).expect_no_restart()


def test_wrong_memory_is_reported(ecu):
    """Memory size and limit outside the declaration are faults until they are as declared."""
    demo_steps.wrong_memory(ecu)


def test_overload_is_reported(ecu):
    """Deadline misses by a vCPU of another domain on the same pCPU are counted and reported; exclusivity is, too."""
    demo_steps.overload(ecu)


def test_crashed_kernel_is_restarted(ecu):
    """A panicked guest kernel is seen as a crash within the declared bound, and the partition restarted."""
    demo_steps.crashed_kernel(ecu)


def test_disappeared_domain_is_restarted(ecu):
    """A domain that somebody destroys behind the supervisor's back is missed and made again."""
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xl", "destroy", "fusion"], check=True)
    health.await_event("fault_raised", 30, "fusion")
    before, after = health.restarted("fusion")
    assert after != before
    health.await_ok()


def test_restart_heals_drift(ecu):
    """Memory limit and affinity changed by hand are as declared again after a restart."""
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xl", "mem-max", "brake", "200"], check=True)
    ecu.run(["xl", "vcpu-pin", "brake", "0", "3"], check=True)
    health.await_event("fault_raised", 30, "brake", "memory_limit")
    health.await_event("fault_raised", 30, "brake", "vcpu_affinity")
    ecu.run(["xhmctl", "restart", "brake"], check=True)
    health.restarted("brake")
    health.await_event("fault_cleared", 30, "brake", "memory_limit")
    health.await_event("fault_cleared", 30, "brake", "vcpu_affinity")
    health.await_ok()
    vcpu = next(vcpu for vcpu in ecu.vcpus() if vcpu.domain == "brake")
    assert vcpu.hard == "1", vcpu


def test_operator_restart(ecu):
    """`xhmctl restart` restarts a healthy partition, and says so; the old instance leaves no zombie."""
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xhmctl", "restart", "infotainment"], check=True)
    health.await_event("restart_requested", 10, "infotainment")
    before, after = health.restarted("infotainment")
    assert after != before
    health.await_ok()
    listed = ecu.run(["xl", "list"], check=True).stdout
    assert f" {before} " not in listed and "null" not in listed, listed


def test_paused_partition_is_named_as_such(ecu):
    """A partition paused by somebody else is reported as paused, not as hung, and restarted as its policy says."""
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xl", "pause", "fusion"], check=True)
    paused = health.await_event("fault_raised", 30, "fusion", "partition_paused")
    assert health.raised()[0]["sequence"] == paused["sequence"], health.raised()
    health.restarted("fusion")
    health.await_ok()


def test_stranger_on_exclusive_pcpu(ecu):
    """dom0's or another partition's vCPU that may run on an exclusive pCPU is a fault of the pCPU's owner."""
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xl", "vcpu-pin", "infotainment", "0", "2-3"], check=True)
    health.await_event("fault_raised", 30, "fusion", "pcpu_shared")
    health.await_event("fault_raised", 30, "infotainment", "vcpu_affinity")
    ecu.run(["xl", "vcpu-pin", "infotainment", "0", "3"], check=True)
    health.await_event("fault_cleared", 30, "fusion", "pcpu_shared")
    health.await_ok()
    health.expect_no_restart()


def test_detection_is_within_the_bound(ecu):
    """A crash is raised within the bound that `policy check` derives, with the emulator's declared jitter on top."""
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xhmctl", "inject", "crash", "brake"], check=True)
    begun = health.await_event("injection_started", 10, "brake")
    raised = health.await_event("fault_raised", 30, "brake", "partition_crashed")
    overrun_tolerance, way_to_the_kernel = 0.8, 5.0
    assert seconds_between(begun, raised) < 0.3 + overrun_tolerance + way_to_the_kernel
