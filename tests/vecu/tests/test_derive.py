"""Policies derived from the running ECU: applying one raises nothing, and the ECU then conforms in everything that is known."""

import json

from lib.health import Health
from lib.testing import not_dedicated, on

DERIVED, AGAIN = "/root/derived.yaml", "/root/derived-again.yaml"
OF_THE_EMULATOR = ("deadline_misses", "latency_high", "supervisor_overrun")  # of a host that is busy with other things


def _conformance(ecu) -> list[dict]:
    result = ecu.run(["xhmctl", "--json", "conformance"])
    assert result.status in (0, 1), f"`xhmctl conformance` ended with status {result.status}: {result.stderr.strip()}"
    return json.loads(result.stdout)["checks"]


def _with(checks: list[dict], verdict: str) -> list[str]:
    return [f"{check['check']} {check['partition']} {check['subject']}" for check in checks if check["verdict"] == verdict]


def _derive_and_apply(ecu) -> list[dict]:
    """Derives, applies, waits until everything was compared; nothing deviates, and no fault came."""
    health = Health(ecu)
    ecu.run(["xhmctl", "policy", "derive", "-o", DERIVED], check=True)
    ecu.run(["xhmctl", "policy", "check", DERIVED], check=True)
    health.set_mark()
    ecu.run(["xhmctl", "policy", "apply", DERIVED], check=True)
    ecu.wait_until(lambda: not _with(_conformance(ecu), "unknown"), 120, "everything declared to be compared")
    checks = _conformance(ecu)
    assert checks and not _with(checks, "deviates"), f"deviates from what was derived: {_with(checks, 'deviates')}"
    health.expect_no_fault(*OF_THE_EMULATOR)
    ecu.run(["xhmctl", "policy", "derive", "-o", AGAIN], check=True)
    changed = ecu.run(["xhmctl", "policy", "diff", DERIVED, AGAIN])
    assert changed.status == 0, f"a second derivation differs: {changed.stdout}"
    return checks


@not_dedicated("it is about Debian's Xen")
def test_derived_policy_is_accepted(ecu):
    """A policy derived from an ECU of Debian's Xen is sound, raises nothing, and names dom0, its cpupool and the devices there are."""
    checks = _derive_and_apply(ecu)
    names = {check["check"] for check in checks if check["verdict"] == "conforms"}
    expected = {"vcpu_affinity", "memory_size", "device_undeclared", "device_assignment", "cpupool_pcpus", "scheduler_kind",
                "scheduling_parameters", "platform_version", "platform_option", "platform_pcpus"}
    assert expected <= names, f"not compared, or not as declared: {expected - names}"
    assert any(check["partition"] == "dom0" for check in checks)


@on("rt-rtds")
def test_derived_policy_under_rtds(ecu):
    """Likewise with the partitions' cpupool under RTDS: servers are declared and compared."""
    _derive_and_apply(ecu)


@on("rt-null")
def test_derived_policy_under_null(ecu):
    """Likewise under the null scheduler."""
    _derive_and_apply(ecu)


@on("rt-arinc653")
def test_derived_policy_under_arinc653(ecu):
    """Likewise under ARINC 653: the schedule is declared and compared, and affinity, which it ignores, says nothing."""
    _derive_and_apply(ecu)


@on("rt-credit2")
def test_derived_policy_under_credit2(ecu):
    """Likewise with a cpupool of their own under credit2."""
    _derive_and_apply(ecu)
