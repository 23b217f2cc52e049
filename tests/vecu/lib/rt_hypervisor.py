"""Xen with the real-time schedulers and Flask, built from Debian's source package: Debian's own x86 build has neither.

Only the hypervisor is rebuilt; the tools in dom0 stay Debian's (base_image.py), which speak the same interface version. The
source is taken from the main suite: what the mirrors of the update suites offer as source is not always there. apt itself
downloads it and checks it against the signed index, with sources and lists of its own; the system's settings stay as they are.

The result is a folder in the cache with:
    xen          the hypervisor, as QEMU's multiboot loader wants it
    xenpolicy    the Flask policy that is part of this Xen, compiled
    flask/       what that policy was made from, laid out as in Xen's tree, to build one with a module of our own
"""

import os
import re
import shutil
from pathlib import Path

from . import programs
from .base_image import SUITE
from .cache import Key, produce
from .errors import VecuError
from .progress import step

OPTIONS = ["EXPERT", "UNSUPPORTED", "SCHED_RTDS", "SCHED_ARINC653", "SCHED_NULL", "XSM", "XSM_FLASK", "XSM_FLASK_POLICY", "ARGO"]
POLICY_SOURCES = ["tools/flask/policy", "xen/xsm/flask/policy"]


class SourceMissing(VecuError):
    """Debian's source package cannot be had on this machine, so what needs this hypervisor cannot be carried out."""


_missing: list[str] = []  # said once is said for the whole run: asking again would only take as long again


def build() -> Path:
    def make(folder: Path):
        with step("downloading Xen's source package"):
            tree = _source(folder / "source")
        with step("building Xen with the real-time schedulers and Flask (takes about 90 s)"):
            _compile(tree)
        shutil.copy(tree / "xen/xen", folder)
        shutil.copy(tree / "xen/xsm/flask/policy.bin", folder / "xenpolicy")
        for part in POLICY_SOURCES:
            shutil.copytree(tree / part, folder / "flask" / part)
        shutil.rmtree(folder / "source")

    return produce(Key("hypervisor").text(SUITE, *OPTIONS).file(Path(__file__)), make)


def _source(folder: Path) -> Path:
    """The unpacked source package, with Debian's patches applied."""
    if _missing:
        raise SourceMissing(_missing[0])
    try:
        return _download(folder)
    except VecuError as error:
        _missing.append(f"the source package of Xen cannot be had: {error}")
        raise SourceMissing(_missing[0]) from error


def _download(folder: Path) -> Path:
    parts, state = folder / "sources", folder / "apt"
    for made in (parts, state / "lists/partial", state / "cache/archives/partial"):
        made.mkdir(parents=True)
    _write_sources(parts)
    apt = ["apt-get", "-q", "-o", "Dir::Etc::SourceList=/dev/null", "-o", f"Dir::Etc::SourceParts={parts}",
           "-o", f"Dir::State::Lists={state / 'lists'}", "-o", f"Dir::Cache={state / 'cache'}",
           "-o", "APT::Get::AllowUnauthenticated=false", "-o", "Acquire::AllowInsecureRepositories=false"]
    programs.run("reading the lists of Debian's source packages", [*apt, "-o", "APT::Update::Error-Mode=any", "update"])
    programs.run("downloading the source package of Xen", [*apt, "source", f"xen/{SUITE}"], cwd=folder)
    trees = [path for path in folder.glob("xen-*") if (path / "xen/Makefile").exists()]
    if len(trees) != 1:
        raise VecuError(f"unpacking the source package of Xen: {len(trees)} trees of Xen in {folder}")
    return trees[0]


def _write_sources(parts: Path):
    """This machine's own descriptions of Debian's archive, each with binary packages replaced by source packages."""
    listed = programs.run("asking apt for this machine's package sources",
                          ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(CODENAME)|$(SOURCESENTRY)", "Created-By: Packages"])
    entries = (line.split("|", 2) for line in listed.splitlines())
    files = {Path(entry.rpartition(":")[0]) for origin, codename, entry in entries if (origin, codename) == ("Debian", SUITE)}
    if not files:
        raise VecuError(f"apt on this machine has no package source for Debian {SUITE}")
    for file in files:
        text = re.sub(r"(?m)^(Types:).*$|^deb(?=\s)", lambda found: f"{found[1]} deb-src" if found[1] else "deb-src", file.read_text())
        (parts / file.name).write_text(text)


def _compile(tree: Path):
    make = ["make", "-C", tree / "xen"]
    programs.run("configuring Xen", [*make, "defconfig"])
    configured = tree / "xen/.config"
    with open(configured, "a") as file:
        file.writelines(f"CONFIG_{option}=y\n" for option in OPTIONS)
    programs.run("configuring Xen", [*make, "olddefconfig"])
    refused = [option for option in OPTIONS if f"CONFIG_{option}=y\n" not in configured.read_text()]
    if refused:
        raise VecuError(f"configuring Xen: it does not take {', '.join(refused)}")
    programs.run("building Xen", [*make, f"-j{len(os.sched_getaffinity(0))}"])
