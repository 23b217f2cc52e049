"""The runner's own programs inside the ECU (tests/vecu/guest/*.c), compiled as static binaries."""

from pathlib import Path

from . import paths, programs
from .cache import Key, produce

FLAGS = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-static"]
LIBRARIES = {
    "exec_server": [],
    "vchan_pipe": ["-lxenvchan", "-lxengnttab", "-lxenevtchn", "-lxenstore", "-lxentoolcore", "-lxentoollog", "-lxencall"],
}


def build() -> Path:
    """A folder with one executable for each source."""
    sources = [paths.GUEST / f"{name}.c" for name in LIBRARIES]
    compiler = programs.run("asking the compiler for its version", ["gcc", "--version"]).splitlines()[0]
    key = Key("guest-tools").text(compiler, *FLAGS).file(Path(__file__), *sources)

    def make(folder: Path):
        for name, libraries in LIBRARIES.items():
            programs.run(f"compiling {name}", ["gcc", *FLAGS, "-o", folder / name, paths.GUEST / f"{name}.c", *libraries])

    return produce(key, make)
