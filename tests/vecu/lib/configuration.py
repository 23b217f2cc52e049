"""The ECUs that can be booted, each a named set of choices, and how their hardware follows from them."""

import functools
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import base_image, cache, flask_policy, guest_tools, layer, machine, paths, programs, rt_hypervisor
from . import schedulers
from .cache import Key
from .machine import PROGRAM, Hardware

PARTITIONS = ("brake", "fusion", "infotainment")
STANDBY = "brake-standby"
DRIVER_DOMAIN = "connectivity"


@dataclass(frozen=True)
class Configuration:
    """What distinguishes one ECU from another. Two with the same choices share images and snapshot."""
    name: str
    bare: bool = False
    """Without our programs in dom0: xl starts the partitions."""
    policy: str = "cockpit.yaml"
    """In policies/."""
    standbys: tuple[str, ...] = ()
    """Partitions beside PARTITIONS that are paused when all is well; each has a pCPU more."""
    hypervisor: str = "debian"
    """"debian" as packaged, or "rt": rebuilt with the real-time schedulers and Flask."""
    scheduler: str = ""
    """One of schedulers.ALL: the partitions have a cpupool of their own, and this is its scheduler (policies/xl/SCHEDULER)."""
    driver_domain: bool = False
    """DRIVER_DOMAIN is there as well: infotainment's network is behind it (policies/xl/driver-domain). It shares infotainment's pCPU."""
    dedicated: bool = False
    """The supervisor has a domain of its own, on a pCPU more, and Xen enforces policies/flask."""
    xen_arguments: str = ""
    kernel_arguments: str = ""
    kvm: bool = False
    boot_bound: float = 400
    """Seconds from power-on to everything being up. Generous: other work may have the host's cores."""


DEFAULT = Configuration("default")
BARE = Configuration("bare", bare=True)
WITH_STANDBY = Configuration("standby", policy="cockpit-standby.yaml", standbys=(STANDBY,))
WITH_DRIVER_DOMAIN = Configuration("driver-domain", policy="cockpit-driver-domain.yaml", driver_domain=True)
WITH_SCHEDULER = tuple(Configuration(f"rt-{scheduler}", hypervisor="rt", scheduler=scheduler) for scheduler in schedulers.ALL)
DEDICATED = Configuration("dedicated", hypervisor="rt", dedicated=True)
ALL = {configuration.name: configuration
       for configuration in (DEFAULT, BARE, WITH_STANDBY, WITH_DRIVER_DOMAIN, *WITH_SCHEDULER, DEDICATED)}

# dom0 has pCPU 0 and nothing else; the partitions have 1, 2 and 3, a standby has 4. Scrubbing memory takes long under emulation and would
# make every snapshot as large as the ECU's memory.
XEN = ("console=com1 com1=115200,8n1 loglvl=info guest_loglvl=info dom0_mem=512M,max:512M dom0_max_vcpus=1 dom0_vcpus_pin "
       "bootscrub=0 watchdog=0")
KERNEL = "console=hvc0 quiet rdinit=/init panic=0 systemd.log_target=journal"


@dataclass(frozen=True)
class Images:
    """The hardware of a configuration and the key of everything in it."""
    hardware: Hardware
    key: Key


def _access_control(configuration: Configuration) -> str:
    """Xen's arguments about Flask: where it is there, but nobody asks for it, nothing is confined, as in Debian's Xen."""
    if configuration.dedicated:
        return "flask=enforcing"
    return "xsm=dummy" if configuration.hypervisor == "rt" else ""


@functools.cache
def images(configuration: Configuration) -> Images:
    """Finds or builds everything that the ECU is made of; once a run, so that all its tests are about the same."""
    rebuilt = rt_hypervisor.build() if configuration.hypervisor == "rt" else None
    base = base_image.build()
    tools = guest_tools.build()
    work = paths.cache() / "work"
    work.mkdir(parents=True, exist_ok=True)
    with cache.locked("layer"):
        folder = work / "layer"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        made = layer.make(base, tools, folder, policy=None if configuration.bare else configuration.policy,
                          partitions=PARTITIONS + configuration.standbys + (DRIVER_DOMAIN,) * configuration.driver_domain,
                          scheduler=configuration.scheduler, dedicated=configuration.dedicated, driver_domain=configuration.driver_domain)
        key = Key("dom0").text(base.name).file(made)

        def keep(to: Path):
            made.rename(to / "dom0.cpio")

        initrd = cache.produce(key, keep) / "dom0.cpio"
        shutil.rmtree(folder)
    xen_policy = flask_policy.build(rebuilt) if configuration.dedicated else None
    hardware = Hardware(xen=(rebuilt or base) / "xen", xen_policy=xen_policy, kernel=base / "vmlinux", initrd=initrd, root=base / "root.sqfs",
                        xen_arguments=" ".join(filter(None, (XEN, _access_control(configuration), configuration.xen_arguments))),
                        kernel_arguments=f"{KERNEL} {configuration.kernel_arguments}".strip(), kvm=configuration.kvm,
                        cpus=1 + configuration.dedicated + (schedulers.PCPUS.get(configuration.scheduler) or len(PARTITIONS)) + len(configuration.standbys))
    version = programs.run("asking QEMU for its version", [PROGRAM, "--version"])
    everything = Key("snapshot").text(version, *hardware.arguments(), str(configuration.bare)).file(Path(machine.__file__))
    return Images(hardware, everything)
