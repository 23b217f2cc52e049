"""Boots a configuration once, saves the moment at which everything is up, and restores copies of that moment.

A snapshot is one file, read only after it was made: QEMU's migration stream of the stopped machine. Restoring is a new
QEMU that reads it; nothing is copied, so copies cannot influence each other.
"""

import json
import shlex
import time
from pathlib import Path

from . import cache, configuration as configurations, remote
from .configuration import Configuration, Images
from .errors import NotInTime, VecuError
from .machine import Machine
from .progress import say, step
from .waiting import wait_until

SETTLED = 5
BOOT_ATTEMPTS = 3
SAVE_BOUND = 120
RESTORE_BOUND = 60


def boot(machine: Machine, configuration: Configuration, images: Images, keep: bool = False):
    """Starts the ECU from power-on and returns when everything in it is up. If that fails it is ended again, unless it shall
    be kept to look at."""
    end = time.monotonic() + configuration.boot_bound
    machine.start(images.hardware, describe(configuration, images))
    try:
        _await_dom0(machine, configuration.boot_bound)
        if configuration.bare:
            _create_partitions(machine, end)
        else:
            _await_healthy(machine, end, configuration.standbys)
    except VecuError as error:
        if not keep:
            machine.stop()
        raise type(error)(f"booting ECU {machine.name} ({configuration.name}) failed: {error}\nLast console lines "
                          f"(all of them: {machine.path('serial.log')}):\n{machine.last_console_lines()}") from error
    except BaseException:
        machine.stop()
        raise


def _await_dom0(machine: Machine, bound: float):
    end = time.monotonic() + bound
    while True:
        left = end - time.monotonic()
        if left <= 0:
            raise NotInTime(f"dom0's toolstack was not ready within the bound of {bound:.0f} s")
        try:
            result = remote.run(machine, ["systemctl", "is-active", "xen.target"], bound=min(left, 5))
        except NotInTime:
            continue
        except VecuError:
            wait_until(lambda: not machine.running(), 5, "QEMU closed a command channel: the ECU powers off or reboots")
            said = machine.path("qemu.log").read_text().strip()
            raise VecuError(f"QEMU has ended: {said or 'the ECU powered off or rebooted'}") from None
        state = result.stdout.strip()
        if state == "active":
            return
        if state == "failed" or _failed_units(machine):
            raise VecuError(f"dom0's toolstack did not start; its journal:\n{_journal(machine)}")
        time.sleep(0.2)


def _failed_units(machine: Machine) -> str:
    return remote.run(machine, ["systemctl", "--failed", "--plain", "--no-legend"]).stdout.strip()


def _journal(machine: Machine) -> str:
    return remote.run(machine, ["journalctl", "-b", "--no-pager", "-p", "notice", "-n", "40"]).stdout


def _create_partitions(machine: Machine, end: float):
    for name in configurations.PARTITIONS:
        result = remote.run(machine, ["xl", "create", f"/etc/xhm/partitions/{name}.cfg"], bound=max(end - time.monotonic(), 1))
        if result.status != 0:
            raise VecuError(f"xl create of {name} ended with status {result.status}: {result.stderr.strip()}")
    for name in configurations.PARTITIONS:
        remote.run(machine, ["true"], in_domain=name, bound=max(end - time.monotonic(), 1))


def _await_healthy(machine: Machine, end: float, standbys: tuple[str, ...]):
    """Returns when all has been healthy for SETTLED seconds, so that no stutter of the boot is in the snapshot."""
    last, since = {}, [None]

    def standing_by(status: str) -> bool:
        return all(entry["life"] == "standby" for entry in json.loads(status)["partitions"] if entry["name"] in standbys)

    def healthy():
        last["result"] = remote.run(machine, ["xhmctl", "--json", "status"], bound=30)
        if last["result"].status != 0 or not standing_by(last["result"].stdout):
            since[0] = None
        elif since[0] is None:
            since[0] = time.monotonic()
        return since[0] is not None and time.monotonic() - since[0] >= SETTLED

    try:
        wait_until(healthy, max(end - time.monotonic(), 1), f"`xhmctl status` in dom0 says for {SETTLED} s that all is healthy")
        for name in configurations.PARTITIONS:
            remote.run(machine, ["true"], in_domain=name, bound=max(end - time.monotonic(), 1))
    except NotInTime as error:
        said = last.get("result")
        journal = remote.run(machine, ["journalctl", "-b", "--no-pager", "-n", "30", "-u", "xhmd", "-u", "xhm-agent"], bound=30)
        raise NotInTime(f"{error}\n{said.stdout + said.stderr if said else ''}\nJournal of our services:\n{journal.stdout}") from error


def describe(configuration: Configuration, images: Images) -> dict:
    return {"configuration": configuration.name, "bare": configuration.bare, "snapshot": str(images.key)}


def provide(configuration: Configuration, images: Images) -> Path:
    """The snapshot of the configuration: found, or made by booting it."""
    def make(folder: Path):
        machine = Machine(f"boot-{configuration.name}-{str(images.key)[-8:]}")
        _boot_undisturbed(machine, configuration, images)
        try:
            with step("saving its state"):
                machine.save(folder / "state", SAVE_BOUND)
        finally:
            machine.stop()
        machine.forget()
        say(f"snapshot of {configuration.name}: {(folder / 'state').stat().st_size / 1e6:.0f} MB")

    return cache.produce(images.key, make) / "state"


def _boot_undisturbed(machine: Machine, configuration: Configuration, images: Images):
    """Boots until no partition had to be restarted meanwhile, or every test would begin with what a busy host did then."""
    for attempt in range(1, BOOT_ATTEMPTS + 1):
        with step(f"booting ECU {configuration.name}"):
            boot(machine, configuration, images)
        restarted = [] if configuration.bare else _restarted(machine)
        if not restarted:
            return
        say(f"ECU {configuration.name} came up, but {', '.join(restarted)} had to be restarted meanwhile: this host is too busy "
            f"(attempt {attempt} of {BOOT_ATTEMPTS})")
        machine.stop()
    raise VecuError(f"booting ECU {configuration.name} failed: with {BOOT_ATTEMPTS} attempts no partition came up undisturbed")


def _restarted(machine: Machine) -> list[str]:
    status = json.loads(remote.run(machine, ["xhmctl", "--json", "status"], bound=30).stdout)
    return [entry["name"] for entry in status["partitions"] if entry["restarts"]]


def restore(machine: Machine, configuration: Configuration, images: Images):
    """Starts the ECU from its snapshot."""
    state = provide(configuration, images)
    machine.start(images.hardware, describe(configuration, images), incoming=f"exec:cat {shlex.quote(str(state))}")
    try:
        machine.await_state(RESTORE_BOUND)
    except BaseException:
        machine.stop()
        raise
