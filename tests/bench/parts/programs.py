"""The benchmark's own programs, built by meson with everything else."""

from pathlib import Path

from lib import paths, project_build


def built(name: str) -> Path:
    """The program tests/bench/NAME of the build folder, up to date."""
    project_build.build()
    return paths.BUILD / "tests/bench" / name
