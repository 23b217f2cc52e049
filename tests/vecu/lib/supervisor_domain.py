"""The supervisor in a domain of its own: its initial file system, the disk of its fault memory, and what dom0 needs for it.

The domain holds the kernel, its first program (daemon/domain), xhmd with its libraries and the compiled policy, and nothing else.
"""

import gzip
import re
import shutil
from pathlib import Path

from . import paths, programs, project_build
from .cpio import Cpio

NAME = "supervisor"
INITRD = Path("usr/lib/xhm/supervisor.cpio.gz")  # in dom0; policies/xl/flask/supervisor.cfg names it
DISK = Path("usr/lib/xhm/fault-memory.img")
DISK_KIB = 4096
SERVICE = "xhm-supervisor.service"
INIT = paths.BUILD / "daemon/domain/supervisor-init"
XHMD = Path("usr/sbin/xhmd")
POLICY = Path("etc/xhm/policy.xhm")
FOLDERS = ("proc", "sys", "dev", "run", "var/lib/xhm")


def declare(policy: dict):
    """Changes the policy of the default ECU to that of the ECU whose supervisor has a domain of its own."""
    policy["supervisor"]["deployment"] = "dedicated"
    # dom0 is a peer like others now, over vchan: the agent and the operators there.
    policy["partitions"].append({"name": "dom0", "id": 100, "identity": "dom0", "startup_grace": "60s"})
    policy["access"] = [{"partition": "dom0", "roles": ["observer", "operator", "rig", "agent", "integrator"]},
                        {"partition": "infotainment", "roles": ["cluster"]}]


def install(layer: Path, base: Path):
    """Adds the domain to dom0's layer, which has the project's installation, and makes dom0's programs speak to it."""
    initrd = layer / INITRD
    initrd.parent.mkdir(parents=True, exist_ok=True)
    initrd.write_bytes(gzip.compress(_initrd(layer, base), compresslevel=9, mtime=0))
    _make_disk(layer / DISK)
    shutil.copy(paths.POLICIES / "xl/flask/supervisor.cfg", layer / "etc/xhm")
    shutil.copytree(paths.GUEST / "dedicated", layer, dirs_exist_ok=True, symlinks=True)
    program = layer / "usr/bin/xhmctl"
    program.rename(layer / "usr/lib/xhm/xhmctl")  # the script of guest/dedicated adds where the supervisor is
    program.symlink_to("../lib/xhm/xhmctl-of-supervisor")


def _initrd(layer: Path, base: Path) -> bytes:
    archive = Cpio()
    for folder in FOLDERS:
        archive.folder(folder)
    archive.character_device("dev/console", 5, 1)
    programs_there = {"init": INIT, str(XHMD): layer / XHMD}
    for name, program in programs_there.items():
        archive.file(name, _stripped(program, layer), 0o755)
    for library in sorted({library for program in programs_there.values() for library in _libraries(program)}):
        archive.file(str(library).lstrip("/"), library.read_bytes(), 0o755)
    archive.file(str(POLICY), (layer / POLICY).read_bytes())
    archive.tree(base / "modules/supervisor", "modules/")
    return archive.content()


def _stripped(program: Path, folder: Path) -> bytes:
    result = folder / "stripped"
    programs.run(f"stripping {program.name}", ["strip", "-o", result, program])
    content = result.read_bytes()
    result.unlink()
    return content


def _libraries(program: Path) -> list[Path]:
    said = programs.run(f"asking for the libraries of {program.name}", ["ldd", program])
    return [Path(found) for found in re.findall(r"(/\S+) \(0x", said)]


def _make_disk(file: Path):
    """An empty file system with a journal. Its identity and times are fixed, so that the same build gives the same image."""
    file.touch()
    programs.run("making the disk of the fault memory",
                 ["mke2fs", "-q", "-F", "-t", "ext4", "-b", "1024", "-m", "0", "-J", "size=1", "-N", "16",
                  "-U", "50be4715-0000-4000-8000-0000000000fe", "-E", "hash_seed=50be4715-0000-4000-8000-0000000000fe,root_owner=990:990,lazy_itable_init=0",
                  file, str(DISK_KIB)], env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "E2FSPROGS_FAKE_TIME": "1700000000"})
