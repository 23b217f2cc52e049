"""Builds the project itself and lays out what its installation puts into dom0."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import paths, programs
from .cache import locked
from .errors import VecuError
from .progress import step

OPTIONS = ["--werror", "-Dinjection=true"]  # as tests/run has them: both use the same folder
REQUIRED = ["usr/sbin/xhmd", "usr/sbin/xhm-agent", "usr/bin/xhmctl"]
TASK = paths.BUILD / "probes/xhm-rt-task"
PARTITION_PROGRAMS = {name: paths.BUILD / f"client/{name}-static" for name in ("xhmctl", "xhm-cluster")}
ARINC653_SCHEDULE = paths.BUILD / "tests/vecu/tools/arinc653_schedule"


def host_setup():
    """Installs the Debian packages that are missing on this machine; silent and without network if none is."""
    result = subprocess.run([paths.CHECKOUT / "tests/setup"], stdout=sys.stderr)
    if result.returncode != 0:
        raise VecuError(f"tests/setup ended with status {result.returncode}: this machine's packages are not complete")


def build():
    """Builds all, so that whatever goes into an image is of this checkout."""
    with locked("project-build"):
        if not (paths.BUILD / "build.ninja").exists():
            with step("meson setup build"):
                programs.run("configuring the project", ["meson", "setup", paths.BUILD, *OPTIONS], cwd=paths.CHECKOUT)
        with step("ninja -C build"):
            programs.run("building the project", ["ninja", "-C", paths.BUILD])


def stripped(program: Path) -> bytes:
    """The program without what only debuggers read."""
    with tempfile.NamedTemporaryFile() as file:
        programs.run(f"stripping {program.name}", ["strip", "-s", "-o", file.name, program])
        return Path(file.name).read_bytes()


def install(folder: Path, policy_name: str, edit: Callable[[dict], None] | None = None):
    """Puts the installation of what was built into the folder, as it shall appear in dom0, with that policy compiled, as edit()
    leaves it if that is given."""
    with locked("project-build"):
        programs.run("installing the project", ["meson", "install", "-C", paths.BUILD, "--no-rebuild", "--destdir", folder.resolve()])
    for name in ("usr/include", "usr/share/man", "usr/share/doc"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for for_developers in (*folder.glob("usr/lib/**/*.a"), *folder.glob("usr/lib/**/*.pc")):
        for_developers.unlink()
    missing = [name for name in REQUIRED if not (folder / name).exists()]
    if missing:
        raise VecuError(f"installing the project: `meson install` did not provide {', '.join(missing)}; "
                        "`vecu up --bare` starts an ECU without them")
    policy = folder / "etc/xhm/policy.xhm"
    policy.parent.mkdir(parents=True, exist_ok=True)
    xhmctl, source = folder / "usr/bin/xhmctl", paths.POLICIES / policy_name
    if edit:
        declared = json.loads(programs.run(f"reading {policy_name}", [xhmctl, "--json", "policy", "show", source]))
        edit(declared)
        source = policy.with_suffix(".yaml")  # JSON is YAML, too
        source.write_text(json.dumps(declared, indent=1) + "\n")
    programs.run(f"compiling {policy_name}", [xhmctl, "policy", "compile", source, "-o", policy])
