"""`watchdog`: the same faults left to Xen's domain watchdog and xl, without xhmd.

A partition with on_watchdog="restart" and on_crash="restart" runs the kernel's driver of Xen's watchdog (xen_wdt) and
busybox `watchdog` to pet it. xenwatchdogd would make the same hypercall from the same place: a process that does nothing
else.
"""

from lib import configuration as configurations
from lib.ecu import Ecu

from . import host, vecu
from .reaction import CONSOLE, PARTITION, UUID
from .table import Table, spread

PET_EVERY, TIMEOUT = 1, 3  # seconds; the driver takes whole ones. xhmd's bound for the same hang is 3.1 s
TASK_HANG_SECONDS = 30
SHUTDOWN_CRASH, SHUTDOWN_WATCHDOG = 3, 4


def measure(options) -> list[Table]:
    with vecu.restored(configurations.BARE, options) as ecu:
        load = host.Load(ecu.machine.pid())
        _recreate(ecu)
        watch = vecu.Watch(ecu, vecu.push_program(ecu, "domain_watch"), UUID, CONSOLE)
        table = Table(f"watchdog: the same faults left to xen_wdt and xl, partition {PARTITION} (seconds)",
                      ["fault", "until", "times", "min", "median", "max"])
        hangs, crashes = _no_times(), _no_times()
        try:
            _several(ecu, watch, _hang, options.count, "hang", hangs)
            _several(ecu, watch, _crash, options.count, "crash", crashes)
        except KeyboardInterrupt:
            host.say("interrupted: the table shows what was measured so far")
        _add(table, "hang of what pets", "Xen shuts it down", hangs)
        _add(table, "crash", "Xen shows it", crashes)
        table.add(*_task_hang(ecu, watch))
        load.look()
        table.notes = [
            f"busybox watchdog -t {PET_EVERY} -T {TIMEOUT} on /dev/watchdog (xen_wdt), xl create with on_watchdog and on_crash \"restart\".",
            "hang: from the order (kill -STOP of `watchdog` in the guest; its way in is part of the time). crash: from the moment at",
            "which Xen shows it, as in `reaction`. xl sleeps 2 s before it recreates. Nothing here proves that the new one is healthy.",
            "A hung task is not what this watchdog watches: whoever pets it goes on.",
            load.sentence(),
        ]
        return [table]


def _recreate(ecu: Ecu):
    changed = f"{vecu.FOLDER}/{PARTITION}.cfg"
    ecu.run(f"mkdir -p {vecu.FOLDER} && sed -E 's/^(on_watchdog|on_crash) .*/\\1 = \"restart\"/' "
            f"/etc/xhm/partitions/{PARTITION}.cfg >{changed} && xl destroy {PARTITION} && xl create {changed}", check=True, timeout=120)


def _start_petting(ecu: Ecu):
    ecu.wait_until(lambda: ecu.run(["pidof", "init"], in_domain=PARTITION, timeout=20).status in (0, 1), 60, "the guest to answer")
    ecu.run(f"watchdog -t {PET_EVERY} -T {TIMEOUT} /dev/watchdog", in_domain=PARTITION, check=True)
    ecu.wait_until(lambda: ecu.run("pidof watchdog", in_domain=PARTITION).status == 0, 10, "the watchdog to be petted")
    ecu.run(["sleep", "2"], check=True)  # petted twice at least: it is armed and runs


def _no_times() -> dict[str, list[float]]:
    return {"detected": [], "created": [], "up": []}


def _several(ecu: Ecu, watch: vecu.Watch, inject, count: int, name: str, times: dict[str, list[float]]):
    for number in range(count):
        _start_petting(ecu)
        begun_ns, detected_ns = inject(ecu, watch)
        created_ns = watch.await_change("running", 60, detected_ns)
        up_ns = watch.await_change("console", 60, created_ns)
        for kept, at_ns in zip(times.values(), (detected_ns, created_ns, up_ns)):
            kept.append((at_ns - begun_ns) / 1e9)
        host.say(f"watchdog, {name} {number + 1} of {count}: detected after {times['detected'][-1]:.2f} s, "
                 f"up after {times['up'][-1]:.1f} s")


def _hang(ecu: Ecu, watch: vecu.Watch) -> tuple[int, int]:
    asked_ns = vecu.monotonic_ns(ecu)
    ecu.run("kill -STOP $(pidof watchdog)", in_domain=PARTITION, check=True)
    return asked_ns, watch.await_change("shutdown", 60, asked_ns, SHUTDOWN_WATCHDOG)


def _crash(ecu: Ecu, watch: vecu.Watch) -> tuple[int, int]:
    asked_ns = vecu.monotonic_ns(ecu)
    ecu.run(["xl", "sysrq", PARTITION, "c"], check=True)
    at_ns = watch.await_change("shutdown", 60, asked_ns, SHUTDOWN_CRASH)
    return at_ns, at_ns


def _task_hang(ecu: Ecu, watch: vecu.Watch) -> tuple:
    """The task that matters hangs, the guest lives on."""
    _start_petting(ecu)
    asked_ns = vecu.monotonic_ns(ecu)
    ecu.run("kill -STOP $(pidof xhm-rt-task)", in_domain=PARTITION, check=True)
    ecu.run(["sleep", str(TASK_HANG_SECONDS)], check=True, timeout=TASK_HANG_SECONDS + 60)
    at_ns = watch.seen("shutdown", asked_ns)
    return ("hang of the task", f"never, in {TASK_HANG_SECONDS} s" if at_ns is None else "Xen shuts it down", 1,
            *([None] * 3 if at_ns is None else [(at_ns - asked_ns) / 1e9] * 3))


def _add(table: Table, fault: str, detected: str, times: dict[str, list[float]]):
    for until, values in zip((detected, "new instance runs", "its init is up"), times.values()):
        table.add(fault, until, len(values), *spread(values))
