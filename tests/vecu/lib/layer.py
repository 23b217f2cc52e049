"""What belongs to this checkout: dom0's initial file system with the layer of files that is put over Debian's root.

The layer holds the partitions' configurations (policies/xl; those of this ECU), their initial file system with xhm-rt-task, xhmctl and xhm-cluster, the runner's units
and programs and, unless the ECU is bare, our installed programs with the compiled policy. For a scheduler of the partitions' own
it holds their cpupool too, and to each partition's configuration the scheduler's part of it (policies/xl/SCHEDULER) is added;
with a driver domain what is in policies/xl/driver-domain.
"""

import functools
import gzip
import shutil
from pathlib import Path

from . import guest_tools, paths, project_build, schedulers, supervisor_domain
from .base_image import NETWORK_MODULES
from .cpio import Cpio

SERVICES = ["xen.target", "vecu-exec.service"]
POOL_SERVICE = "vecu-cpupool.service"
OUR_SERVICES = ["xhmd.service", "xhm-agent.service"]
UNITS = Path("etc/systemd/system")
NOT_IN_PARTITIONS = {"privileges", "other_interface"}  # 96 MiB hold the kernel and a small initial file system: no more than it needs
PARTITION_INITRD = Path("usr/lib/xhm/partition.cpio.gz")  # in dom0; policies/xl/*.cfg name it
NETWORK_INITRD = Path("usr/lib/xhm/partition-network.cpio.gz")  # the same with what a network needs: 96 MiB are too few for it
NETWORK_TOOL = "net_backend"


def make(base: Path, tools: Path, folder: Path, policy: str | None, partitions: tuple[str, ...], scheduler: str = "",
         dedicated: bool = False, driver_domain: bool = False) -> Path:
    """Writes folder/dom0.cpio and returns its path. Without a policy our programs are left out. Dedicated: the supervisor has a domain of its
    own, and all domains have labels."""
    project_build.build()
    layer = folder / "layer"
    shutil.copytree(paths.GUEST / "dom0", layer, symlinks=True)
    _install_own(layer, tools)
    _install_partitions(layer, base, tools, partitions, "flask" if dedicated else "driver-domain" if driver_domain else scheduler)
    if driver_domain:
        (layer / NETWORK_INITRD).write_bytes(gzip.compress(_partition_initrd(base, tools, network=True), compresslevel=1, mtime=0))
    services = list(SERVICES)
    if scheduler:
        _install_pool(layer, scheduler)
        services.append(POOL_SERVICE)
    if dedicated:
        project_build.install(layer, policy, supervisor_domain.declare)
        supervisor_domain.install(layer, base)
        services += [supervisor_domain.SERVICE, "xhm-agent.service"]
    elif policy:
        project_build.install(layer, policy, functools.partial(schedulers.declare, scheduler) if scheduler else None)
        services += OUR_SERVICES
    _enable(layer, services)

    archive = Cpio()
    archive.file("init", (paths.GUEST / "dom0-init").read_bytes(), 0o755)
    archive.file("bin/busybox", (base / "busybox").read_bytes(), 0o755)
    archive.tree(base / "modules/boot", "modules/")
    archive.folder("dev")
    archive.character_device("dev/console", 5, 1)
    archive.tree(layer, "layer/")
    result = folder / "dom0.cpio"
    result.write_bytes(archive.content())
    shutil.rmtree(layer)
    return result


def _install_own(layer: Path, tools: Path):
    programs = layer / "usr/lib/vecu"
    programs.mkdir(parents=True, exist_ok=True)
    for tool in tools.iterdir():
        shutil.copy(tool, programs)
    binaries = layer / "usr/bin"
    binaries.mkdir(parents=True, exist_ok=True)
    for name, program in (("sh", "bash"), ("awk", "mawk")):  # links that maintainer scripts would have made
        (binaries / name).symlink_to(program)


def _install_partitions(layer: Path, base: Path, tools: Path, partitions: tuple[str, ...], variant: str):
    declared = layer / "etc/xhm/partitions"
    declared.mkdir(parents=True)
    for name in partitions:
        (declared / f"{name}.cfg").write_text(_domain_configuration(name, variant))
    initrd = layer / PARTITION_INITRD
    initrd.parent.mkdir(parents=True)
    initrd.write_bytes(gzip.compress(_partition_initrd(base, tools), compresslevel=1, mtime=0))


def _domain_configuration(name: str, variant: str) -> str:
    """What xl creates the partition from: the partition's file with what the variant adds."""
    text = (paths.POLICIES / f"xl/{name}.cfg").read_text()
    added = paths.POLICIES / f"xl/{variant}/{name}.cfg"
    return text + "\n" + added.read_text() if variant and added.exists() else text


def _install_pool(layer: Path, scheduler: str):
    declared = paths.POLICIES / "xl" / scheduler
    for file in declared.glob("partitions.*"):
        shutil.copy(file, layer / "etc/xhm")
    if (declared / "partitions.schedule").exists():
        shutil.copy(project_build.ARINC653_SCHEDULE, layer / "usr/lib/vecu")


def _partition_initrd(base: Path, tools: Path, network: bool = False) -> bytes:
    archive = Cpio()
    archive.file("init", (paths.GUEST / "partition-init").read_bytes(), 0o755)
    archive.file("bin/busybox", (base / "busybox").read_bytes(), 0o755)
    for name in ("proc", "sys", "dev", "run", "tmp", "root", "sbin", "usr/sbin", "usr/bin"):
        archive.folder(name)
    archive.character_device("dev/console", 5, 1)
    archive.tree(base / "modules/partition", "modules/")
    for role in NETWORK_MODULES if network else ():
        archive.tree(base / "modules" / role, f"modules-{role}/")
    for tool in sorted(tool for tool in tools.iterdir() if tool.name not in NOT_IN_PARTITIONS):
        if network or tool.name != NETWORK_TOOL:
            archive.file(f"usr/lib/vecu/{tool.name}", tool.read_bytes(), 0o755)
    archive.file("usr/bin/xhm-rt-task", project_build.stripped(project_build.TASK), 0o755)
    for name, program in project_build.PARTITION_PROGRAMS.items():
        archive.file(f"usr/bin/{name}", project_build.stripped(program), 0o755)
    return archive.content()


def _enable(layer: Path, services: list[str]):
    units = layer / UNITS
    for line in (paths.GUEST / "dom0-masked-units").read_text().splitlines():
        if line and not line.startswith("#"):
            (units / line).symlink_to("/dev/null")
    (units / "default.target").symlink_to("/lib/systemd/system/multi-user.target")
    wanted = units / "multi-user.target.wants"
    wanted.mkdir()
    for service in services:
        (wanted / service).symlink_to(f"../{service}")
