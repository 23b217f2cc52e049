# Covers: XHM-PROBE-1 XHM-API-1
"""What a partition may do to its probe, to its announcement and to itself: each a fault of that partition alone.

The programs are guest/hostile_probe.c and the injections of xhm-rt-task; `_only_a_fault_of` is what holds in all cases.
"""

import contextlib

from lib.health import Health, describe

PROBE_FORMAT_BAD_MAGIC, PROBE_FORMAT_BAD_VERSION, WRONG_PARTITION = 2, 3, 7  # verdicts of the page (docs/probe-abi.md)
POWEROFF, REBOOT, SUSPEND, CRASH = range(4)  # Xen's shutdown reasons
UNRESTRICTED_HYPERCALLS = "umount /proc/xen; rmmod xenfs; rmmod xen_privcmd; insmod /modules/00-xen-privcmd.ko unrestricted=1"


@contextlib.contextmanager
def _only_a_fault_of(ecu, partition: str):
    """Nobody else has a fault or a new domain, xhmd is the same process, in time, and no domain is left behind."""
    health = Health(ecu)
    health.set_mark()
    listed, overruns = _listed(ecu), health.status()["overruns"]
    others = {name: domain.domid for name, domain in ecu.domains().items() if name != partition}
    yield health
    health.await_ok()
    # A deadline that somebody else missed meanwhile is the emulator's: its vCPUs share the host's processors.
    strange = [event for event in health.raised() if event["partition"] != partition and event["fault_name"] != "deadline_misses"]
    assert not strange, "faults of others:\n  " + "\n  ".join(describe(event) for event in strange)
    health.expect_no_restart(partition)
    assert not [event for event in health.events() if event["kind"] == "supervisor_started"], "xhmd is another process now"
    assert health.status()["overruns"] == overruns, "a supervision cycle was late"
    ecu.wait_until(lambda: _listed(ecu) == listed, 20,
                   f"`xl list` to show the expected domains only, not {_listed(ecu)}")
    assert {name: domain.domid for name, domain in ecu.domains().items() if name != partition} == others


def _listed(ecu) -> list[str]:
    return sorted(line.split()[0] for line in ecu.run(["xl", "list"], check=True).stdout.splitlines()[1:])


def _soon(ecu, partition: str, command: str):
    """Starts a command in the partition that may end it; the channel is given back before it begins."""
    ecu.run(["sh", "-c", 'setsid sh -c "sleep 1; $0" </dev/null >/dev/console 2>&1 &', command], partition, check=True)


def _tell_task(ecu, partition: str, order: str):
    ecu.run(f'xenstore-write "/local/domain/$(xl domid {partition})/data/xhm/inject" "{order}"', check=True)


def _expect_restart(health: Health, partition: str, fault: str, **values) -> None:
    """The fault is the first that is raised, has these values, and the partition is restarted for it."""
    raised = health.await_event("fault_raised", 30, partition)
    assert raised["fault_name"] == fault, describe(raised)
    for name, value in values.items():
        assert raised[name] == value, raised
    before, after = health.restarted(partition)
    assert after != before


# Pages ---------------------------------------------------------------------------------------------------------------


def test_garbage_in_a_probe_page(ecu):
    """A page of random bytes shared instead of a real one is a probe_format fault of its partition."""
    with _only_a_fault_of(ecu, "brake") as health:
        _soon(ecu, "brake", "/usr/lib/vecu/hostile_probe page garbage 1")
        _expect_restart(health, "brake", "probe_format", v1=PROBE_FORMAT_BAD_MAGIC)


def test_probe_page_of_another_version(ecu):
    """A sound page of another major version is refused as that: probe_format, verdict bad-version."""
    with _only_a_fault_of(ecu, "brake") as health:
        _soon(ecu, "brake", "/usr/lib/vecu/hostile_probe page version 1")
        _expect_restart(health, "brake", "probe_format", v1=PROBE_FORMAT_BAD_VERSION)


def test_probe_page_of_another_partition(ecu):
    """A partition that reports under another partition's id is probe_foreign; the other one is not believed to be two."""
    with _only_a_fault_of(ecu, "brake") as health:
        _soon(ecu, "brake", "/usr/lib/vecu/hostile_probe page sound 2")
        _expect_restart(health, "brake", "probe_foreign", v1=WRONG_PARTITION)


def test_write_that_never_completes(ecu):
    """A writer that stops in the middle of a write is probe_stuck, and the partition is restarted."""
    with _only_a_fault_of(ecu, "brake") as health:
        _tell_task(ecu, "brake", "torn 1")
        _expect_restart(health, "brake", "probe_stuck")


def test_corrupted_slot(ecu):
    """A bit of a slot flipped behind the probe's back is probe_corrupt, and the partition is restarted."""
    with _only_a_fault_of(ecu, "brake") as health:
        _tell_task(ecu, "brake", "corrupt 1")
        _expect_restart(health, "brake", "probe_corrupt")


def test_corruption_that_ends_is_cleared(ecu):
    """Where the policy only reports, probe_corrupt is cleared by sound readings, without a restart."""
    with _only_a_fault_of(ecu, "infotainment") as health:
        before = ecu.domains()["infotainment"].domid
        _tell_task(ecu, "infotainment", "corrupt 1")
        health.await_event("fault_raised", 30, "infotainment", "probe_corrupt")
        _tell_task(ecu, "infotainment", "none")
        health.await_event("fault_cleared", 30, "infotainment", "probe_corrupt")
        assert ecu.domains()["infotainment"].domid == before


# The task ------------------------------------------------------------------------------------------------------------


def test_killed_task_is_silence(ecu):
    """A task killed in its partition is seen by its silence: entity_alive_low, and the partition is restarted."""
    with _only_a_fault_of(ecu, "fusion") as health:
        ecu.run("killall -9 xhm-rt-task", "fusion", check=True)
        _expect_restart(health, "fusion", "entity_alive_low")


def test_restarted_task_is_told_from_a_lasting_one(ecu):
    """A task killed and started again in the same instance is probe_restarted, cleared by its first good cycle."""
    with _only_a_fault_of(ecu, "infotainment") as health:
        before = ecu.domains()["infotainment"].domid
        ecu.run("""killall -9 xhm-rt-task
                   task=$(sed -n 's/.*xhm[.]task="\\([^"]*\\)".*/\\1/p' /proc/cmdline)
                   setsid xhm-rt-task $task </dev/null >/dev/console 2>&1 &""", "infotainment", check=True)
        health.await_event("fault_raised", 30, "infotainment", "probe_restarted")
        health.await_event("fault_cleared", 60, "infotainment", "probe_restarted")
        health.expect_no_fault("probe_restarted")
        assert ecu.domains()["infotainment"].domid == before


# Announcements -------------------------------------------------------------------------------------------------------


def test_announcements_that_make_no_sense(ecu):
    """Nonsense, huge numbers, foreign pages and nothing at all instead of a grant: named each time, cleared by the truth."""
    with _only_a_fault_of(ecu, "infotainment") as health:
        node = f"/local/domain/{ecu.domains()['infotainment'].domid}/data/xhm/page/0"
        truth = ecu.run(["xenstore-read", node], check=True).stdout.strip()
        for text, fault in (("nonsense", "probe_missing"), ("4294967295 1", "probe_missing"), ("1 1", "probe_format"),
                            ("99999999999999999999999 1", "probe_missing"), ("", "probe_missing")):
            health.set_mark()
            ecu.run(["/usr/lib/vecu/hostile_probe", "announce", text], "infotainment", check=True)
            health.await_event("fault_raised", 30, "infotainment", fault)
            ecu.run(["/usr/lib/vecu/hostile_probe", "announce", truth], "infotainment", check=True)
            health.await_event("fault_cleared", 30, "infotainment", fault)
            health.expect_no_fault(fault)


def test_flood_of_announcements(ecu):
    """An announcement rewritten hundreds of times a second costs its partition, and no supervision cycle."""
    with _only_a_fault_of(ecu, "infotainment") as health:
        seconds = 10
        said = ecu.run(["/usr/lib/vecu/hostile_probe", "flood", str(seconds)], "infotainment", timeout=60, check=True).stdout
        count = int(said.split()[1])
        assert count > 100 * seconds, f"only {count} times in {seconds} s: no flood"
        raised = health.await_event("fault_raised", 10, "infotainment")
        assert raised["fault_name"] in ("probe_missing", "probe_format"), describe(raised)


# The domain ----------------------------------------------------------------------------------------------------------


def test_partition_that_reboots_itself(ecu):
    """A guest that reboots itself is partition_stopped with reason reboot, and made anew by the agent, not by xl."""
    with _only_a_fault_of(ecu, "fusion") as health:
        _soon(ecu, "fusion", "reboot -f")
        _expect_restart(health, "fusion", "partition_stopped", v0=REBOOT)


def test_partition_that_powers_itself_off(ecu):
    """A guest that powers itself off is partition_stopped with reason poweroff, and made anew."""
    with _only_a_fault_of(ecu, "fusion") as health:
        _soon(ecu, "fusion", "poweroff -f")
        _expect_restart(health, "fusion", "partition_stopped", v0=POWEROFF)


def test_latched_shutdown_reason_before_a_hang(ecu):
    """A guest that latches "suspend" and hangs: xl would leave it alone for ever; it is stopped and made anew all the same."""
    with _only_a_fault_of(ecu, "brake") as health:
        _latch(ecu, "brake", SUSPEND)
        ecu.run("killall -9 xhm-rt-task", "brake", check=True)
        _expect_restart(health, "brake", "entity_alive_low")


def test_latched_shutdown_reason_before_a_crash(ecu):
    """A guest that latches "poweroff" and crashes is partition_stopped with the reason that it latched, and made anew."""
    with _only_a_fault_of(ecu, "brake") as health:
        _latch(ecu, "brake", POWEROFF)
        _soon(ecu, "brake", "echo c >/proc/sysrq-trigger")
        _expect_restart(health, "brake", "partition_stopped", v0=POWEROFF)


def _latch(ecu, partition: str, reason: int):
    """Linux lets programs make hypercalls only where its driver was told so; in our guests nothing else needs it."""
    ecu.run(UNRESTRICTED_HYPERCALLS, partition, check=True)
    ecu.run(["/usr/lib/vecu/hostile_probe", "latch", str(reason)], partition, check=True)
