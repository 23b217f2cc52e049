"""Xen's access control policy with this project's module (policies/flask), compiled from the sources in Xen's own tree."""

import shutil
from pathlib import Path

from . import paths, programs
from .cache import Key, produce
from .errors import VecuError

OURS = paths.POLICIES / "flask"
MODULES = "tools/flask/policy/modules"


def build(hypervisor: Path, line: str = "", instead: str = "") -> Path:
    """The compiled policy. Where xhm.te or xhm.if has the line, something else stands in its place or nothing, to show what it is needed for."""
    sources = hypervisor / "flask"
    if line and not any(line == there.strip() for file in OURS.iterdir() for there in file.read_text().splitlines()):
        raise VecuError(f"{OURS} has no line {line!r}")
    key = Key("reduced-flask" if line else "flask").text(line, instead).tree(sources).file(Path(__file__), *sorted(OURS.iterdir()))

    def make(folder: Path):
        tree = folder / "tree"
        shutil.copytree(sources, tree)
        for file in OURS.iterdir():
            (tree / MODULES / file.name).write_text(_changed(file.read_text(), line, instead))
        programs.run("compiling the Flask policy",
                     ["make", "-C", tree / "tools/flask/policy", "-f", "Makefile.common", f"FLASK_BUILD_DIR={folder}",
                      f"POLICY_FILENAME={folder / 'xenpolicy'}", "CHECKPOLICY=checkpolicy"])
        shutil.rmtree(tree)

    return produce(key, make) / "xenpolicy"


def _changed(text: str, line: str, instead: str) -> str:
    return "".join(f"{instead}\n" if line and there.strip() == line else there for there in text.splitlines(keepends=True))
