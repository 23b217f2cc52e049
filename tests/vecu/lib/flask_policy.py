"""Xen's access control policy with this project's module (policies/flask), compiled from the sources in Xen's own tree."""

import shutil
from pathlib import Path

from . import paths, programs
from .cache import Key, produce

OURS = paths.POLICIES / "flask"
MODULES = "tools/flask/policy/modules"


def build(hypervisor: Path, left_out: str | None = None) -> Path:
    """The compiled policy. Each line of xhm.te and xhm.if that reads left_out is taken away, to show what it is needed for."""
    sources = hypervisor / "flask"
    key = Key("flask").text(str(left_out)).tree(sources).file(Path(__file__), *sorted(OURS.iterdir()))

    def make(folder: Path):
        tree = folder / "tree"
        shutil.copytree(sources, tree)
        for file in OURS.iterdir():
            (tree / MODULES / file.name).write_text(_without(file.read_text(), left_out))
        programs.run("compiling the Flask policy",
                     ["make", "-C", tree / "tools/flask/policy", "-f", "Makefile.common", f"FLASK_BUILD_DIR={folder}",
                      f"POLICY_FILENAME={folder / 'xenpolicy'}", "CHECKPOLICY=checkpolicy"])
        shutil.rmtree(tree)

    return produce(key, make) / "xenpolicy"


def _without(text: str, left_out: str | None) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if line.strip() != left_out)
