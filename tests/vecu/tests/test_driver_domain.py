"""A driver domain: the network's backend is in a partition of its own, connectivity, and infotainment is behind it."""

import json

from lib import demo_steps
from lib.health import Health
from lib.testing import on

CONNECTED = "4"  # XenbusStateConnected
DEVICE_FAULTS = ("device_undeclared", "device_missing", "device_disconnected", "device_errors", "device_assignment")


def _device_checks(ecu) -> dict[tuple[str, str], str]:
    """What the supervisor says of every declared device, by check and partition."""
    result = ecu.run(["xhmctl", "--json", "conformance"])
    assert result.status in (0, 1), f"`xhmctl conformance` ended with status {result.status}: {result.stderr.strip()}"
    return {(check["check"], check["partition"]): check["verdict"] for check in json.loads(result.stdout)["checks"]
            if check["check"] in DEVICE_FAULTS}


def _expect_network(ecu, health: Health):
    """Both ends are connected and packets pass, through no domain but these two, and the supervisor says so."""
    _await_partitions(ecu, health)
    domains = ecu.domains()
    backend, frontend = domains["connectivity"].domid, domains["infotainment"].domid
    ends = {"frontend": f"/local/domain/{frontend}/device/vif/0", "backend": f"/local/domain/{backend}/backend/vif/{frontend}/0"}
    states = {end: ecu.run(["xenstore-read", f"{path}/state"], check=True).stdout.strip() for end, path in ends.items()}
    assert states == {"frontend": CONNECTED, "backend": CONNECTED}, states
    left = ecu.run(f"xenstore-list /local/domain/{backend}/backend/vif", check=True).stdout.split()
    assert left == [str(frontend)], left
    ecu.run(f"ping -c 3 {demo_steps.BACKEND_ADDRESS}", in_domain="infotainment", check=True)
    ecu.wait_until(lambda: _device_checks(ecu) == {
        ("device_undeclared", "brake"): "conforms", ("device_undeclared", "fusion"): "conforms",
        ("device_undeclared", "infotainment"): "conforms", ("device_undeclared", "connectivity"): "conforms",
        ("device_missing", "infotainment"): "conforms", ("device_disconnected", "infotainment"): "conforms"},
        60, "every declared device to be found as declared")


def _await_partitions(ecu, health: Health):
    """Waits until the two are OK. What a busy host does to the real-time partitions meanwhile is not what is asked here."""
    def are_ok() -> bool:
        status = {entry["name"]: entry["status"] for entry in health.status()["partitions"]}
        return status["connectivity"] == status["infotainment"] == "OK"
    ecu.wait_until(are_ok, 120, "connectivity and infotainment to be OK")


def _destroy(ecu, domid: int):
    """Xl's exit status says nothing here: the agent, which makes the partition anew, may have taken it away before xl has."""
    ecu.run(["xl", "destroy", str(domid)], timeout=60)


def _expect_others_left_alone(health: Health, *meant: str):
    """Nothing was done to partitions other than those, for the end of a partition or for a device."""
    others = [event for event in health.events() if event["kind"] == "reaction" and event["class"] in ("presence", "device")
              and event["partition"] not in meant]
    assert not others, others


@on("driver-domain")
def test_driver_domain_serves_infotainment(ecu):
    """Infotainment's network is behind a driver domain: both ends connected as declared, packets pass, and no device is at fault."""
    health = Health(ecu)
    health.set_mark()
    _expect_network(ecu, health)
    found = [event["fault_name"] for event in health.raised() if event["fault_name"] in DEVICE_FAULTS]
    assert not found, found


@on("driver-domain")
def test_crashed_driver_domain_serves_again(ecu):
    """A driver domain whose kernel crashes is restarted, and infotainment behind it is connected again; nobody else is touched."""
    demo_steps.crashed_driver_domain(ecu)
    _expect_network(ecu, Health(ecu))


@on("driver-domain")
def test_restarted_driver_domain_serves_again(ecu):
    """A destroyed driver domain is found missing and restarted, then infotainment, whose device has lost its backend; nobody else is."""
    health = Health(ecu)
    before = ecu.domains()
    health.set_mark()
    _destroy(ecu, before["connectivity"].domid)
    ended = health.await_match(lambda event: event["kind"] == "fault_raised" and event.get("partition") == "connectivity", 30,
                               "fault of connectivity")
    health.restarted("connectivity")
    health.await_event("fault_cleared", 60, "connectivity", ended["fault_name"])
    health.await_event("fault_raised", 60, "infotainment", "device_disconnected")
    health.restarted("infotainment")
    health.await_event("fault_cleared", 60, "infotainment", "device_disconnected")
    _expect_network(ecu, health)
    _expect_others_left_alone(health, "connectivity", "infotainment")


@on("driver-domain")
def test_device_of_a_real_time_partition_is_named(ecu):
    """A network device that brake gets, which declares none, is device_undeclared, and cleared when it is taken away."""
    health = Health(ecu)
    health.set_mark()
    ecu.run(["xl", "network-attach", "brake", "backend=connectivity"], check=True)
    health.await_event("fault_raised", 60, "brake", "device_undeclared")
    ecu.run(["xl", "network-detach", "brake", "0"], timeout=60)  # brake has no driver that would close its end: xl may complain
    health.await_event("fault_cleared", 60, "brake", "device_undeclared")
    _expect_network(ecu, health)
    _expect_others_left_alone(health, "brake")
    health.expect_no_restart("brake")
