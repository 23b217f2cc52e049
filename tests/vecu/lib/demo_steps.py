"""The steps of `vecu demo`, each a function from the running ECU to a sentence about what was seen.

Every step does something real to a real domain, waits for what the supervisor says, undoes it, and leaves a healthy ECU
to the next. Bounds are generous: software emulation is no real-time machine.
"""

import json

from .configuration import DRIVER_DOMAIN
from .ecu import Ecu
from .health import Health, seconds_between

BACKEND_ADDRESS = "192.168.7.1"  # of the driver domain, for infotainment (policies/xl/connectivity.cfg)


def all_healthy(ecu: Ecu) -> str:
    health = Health(ecu)
    health.await_ok()
    domains = ecu.domains()
    partitions = [entry["name"] for entry in health.status()["partitions"] if entry["name"] != "dom0"]
    missing = [name for name in partitions if name not in domains]
    assert not missing, f"Xen has no domain {', '.join(missing)}"
    return ", ".join(f"{name} is domain {domains[name].domid}" for name in partitions)


def hung_task(ecu: Ecu) -> str:
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xhmctl", "inject", "hang", "brake"], check=True)
    begun = health.await_event("injection_started", 10, "brake")
    raised = health.await_event("fault_raised", 30, "brake", "entity_alive_low")
    before, after = health.restarted("brake")
    health.await_ok()
    assert after != before, f"brake came back as the same domain {after}"
    return (f"seen after {seconds_between(begun, raised):.1f} s, domain {before} restarted as {after}, "
            f"healthy after {seconds_between(begun, health.await_event('restart_done', 10, 'brake')):.1f} s")


def moved_vcpu(ecu: Ecu) -> str:
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xl", "vcpu-pin", "fusion", "0", "3"], check=True)
    raised = health.await_event("fault_raised", 30, "fusion", "vcpu_affinity")
    ecu.run(["xl", "vcpu-pin", "fusion", "0", "2"], check=True)
    health.await_event("fault_cleared", 30, "fusion", "vcpu_affinity")
    health.await_ok()
    return f"reported as event {raised['sequence']}; cleared when it was moved back"


def wrong_memory(ecu: Ecu) -> str:
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xl", "mem-max", "fusion", "160"], check=True)
    limit = health.await_event("fault_raised", 30, "fusion", "memory_limit")
    ecu.run(["xl", "mem-set", "fusion", "80"], check=True)
    size = health.await_event("fault_raised", 60, "fusion", "memory_size")
    ecu.run(["xl", "mem-set", "fusion", "96"], check=True)
    ecu.run(["xl", "mem-max", "fusion", "96"], check=True)
    health.await_event("fault_cleared", 60, "fusion", "memory_limit")
    health.await_event("fault_cleared", 60, "fusion", "memory_size")
    health.await_ok()
    return f"limit and size reported as events {limit['sequence']} and {size['sequence']}; cleared when as declared again"


def overload(ecu: Ecu) -> str:
    health = Health(ecu)
    health.set_mark()
    missed_before = _missed(health)
    ecu.run(["xhmctl", "inject", "deadline", "brake"], check=True)
    health.await_event("fault_raised", 60, "brake", "deadline_misses")
    health.await_event("fault_raised", 30, "brake", "pcpu_shared")
    missed = _missed(health) - missed_before
    ecu.run(["xhmctl", "inject", "clear", "brake"], check=True)
    health.await_event("fault_cleared", 60, "brake", "deadline_misses")
    health.await_event("fault_cleared", 60, "brake", "pcpu_shared")
    health.await_ok()
    health.expect_no_restart()
    return f"{missed} misses counted while infotainment computed on brake's pCPU; reported, and cleared afterwards"


def _missed(health: Health) -> int:
    return health.partition("brake")["entities"][0]["deadline_missed"]


def crashed_kernel(ecu: Ecu) -> str:
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xhmctl", "inject", "crash", "fusion"], check=True)
    begun = health.await_event("injection_started", 10, "fusion")
    raised = health.await_event("fault_raised", 30, "fusion", "partition_crashed")
    before, after = health.restarted("fusion")
    health.await_ok()
    done = health.await_event("restart_done", 10, "fusion")
    return (f"seen after {seconds_between(begun, raised):.1f} s, domain {before} restarted as {after}, "
            f"healthy after {seconds_between(begun, done):.1f} s")


def crashed_driver_domain(ecu: Ecu) -> str:
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xhmctl", "inject", "crash", DRIVER_DOMAIN], check=True)
    begun = health.await_event("injection_started", 10, DRIVER_DOMAIN)
    crashed = health.await_event("fault_raised", 30, DRIVER_DOMAIN, "partition_crashed")
    lost = health.await_event("fault_raised", 60, "infotainment", "device_disconnected")
    before, after = health.restarted(DRIVER_DOMAIN)
    back = health.await_event("restart_done", 10, DRIVER_DOMAIN)
    health.restarted("infotainment")
    connected = health.await_event("fault_cleared", 60, "infotainment", "device_disconnected")
    health.await_ok()
    ecu.run(f"ping -c 1 {BACKEND_ADDRESS}", in_domain="infotainment", check=True)
    health.expect_no_restart(DRIVER_DOMAIN, "infotainment")
    return (f"seen after {seconds_between(begun, crashed):.1f} s, infotainment's lost network after {seconds_between(begun, lost):.1f} s; "
            f"domain {before} restarted as {after}, healthy after {seconds_between(begun, back):.1f} s, "
            f"infotainment connected again after {seconds_between(begun, connected):.1f} s")


def fail_over(ecu: Ecu) -> str:
    health = Health(ecu)
    serving = next(entry["name"] for entry in health.status()["partitions"] if entry["active"])
    standby = next(entry["name"] for entry in health.status()["partitions"] if entry["life"] == "standby")
    health.set_mark()
    ecu.run(["xhmctl", "inject", "hang", serving], check=True)
    begun = health.await_event("injection_started", 10, serving)
    done = health.await_event("fail_over_done", 30, standby)
    decided = health.await_event("fail_over_begun", 1, standby)
    ecu.wait_until(lambda: health.partition(serving)["life"] == "standby", 150, f"{serving} to be built again as the next standby")
    health.await_ok()
    return (f"{standby} serves, healthy {seconds_between(begun, done):.1f} s after the fault, {seconds_between(decided, done):.1f} s "
            f"after the decision; {serving} is the next standby")


def safe_state(ecu: Ecu) -> str:
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xhmctl", "safe-state", "enter", "minimal"], check=True)
    ecu.wait_until(lambda: "p" in ecu.domains()["fusion"].state, 20, "fusion to be paused")
    ecu.run("kill -9 $(pidof xhmd)", check=True)
    ecu.wait_until(lambda: ecu.run(["xhmctl", "status"]).status in (0, 1), 60, "xhmd to be back")
    assert health.status()["safe_state"]["name"] == "minimal", "the safe state was not kept over the end of xhmd"
    assert "p" in ecu.domains()["fusion"].state, "fusion runs in the safe state"
    token = json.loads(ecu.run(["xhmctl", "--json", "safe-state", "clear"], check=True).stdout)["token"]
    ecu.run(["xhmctl", "safe-state", "clear", "--confirm", token], check=True)
    health.await_ok(180)
    return "fusion paused, infotainment stopped; kept over kill -9 of xhmd; left in two steps"


STEPS = [
    ("all partitions healthy", all_healthy),
    ("a hung real-time task is detected, its partition restarted", hung_task),
    ("a vCPU moved off its declared pCPU is reported", moved_vcpu),
    ("memory outside its declared size is reported", wrong_memory),
    ("deadline misses by a real overload are counted and reported", overload),
    ("a crashed kernel is detected, its partition restarted", crashed_kernel),
    ("a crashed driver domain is restarted, infotainment connected again", crashed_driver_domain),
    ("all partitions healthy at the end", all_healthy),
]

STEPS_WITH_STANDBY = [
    ("all partitions healthy, the standby paused", all_healthy),
    ("a hung brake is replaced by its standby", fail_over),
    ("and back: the next standby was built meanwhile", fail_over),
    ("a safe state by request", safe_state),
    ("all partitions healthy at the end", all_healthy),
]
