"""The runner's own programs inside the ECU (tests/vecu/guest/*.c), compiled as static binaries, or as what is preloaded into others."""

from pathlib import Path

from . import paths, programs
from .cache import Key, produce

FLAGS = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]
STATIC, SHARED = ["-static", "-s"], ["-shared", "-fPIC"]
CONTROL = ["-lxenctrl", "-lxenforeignmemory", "-lxendevicemodel", "-lxencall", "-lxentoollog", "-lxentoolcore"]
LIBRARIES = {
    "exec_server": [],
    "vchan_pipe": ["-lxenvchan", "-lxengnttab", "-lxenevtchn", "-lxenstore", *CONTROL],
    "privileges": ["-lxenevtchn", *CONTROL],
    "net_backend": [],
    "hostile_probe": ["-lxengnttab", "-lxencall", "-lxentoolcore", "-lxentoollog"],
    "other_interface": ["-ldl"],
}

PRELOADED = {"other_interface"}  # into programs of dom0

PROBES = paths.CHECKOUT / "probes"
PROBE_FOLDERS = [PROBES / name for name in ("abi", "core", "linux")]
PROBE_SOURCES = [PROBES / name for name in ("core/crc32p4.c", "core/xhm_probe.c", "linux/probe_rendezvous.c",
                                            "linux/xenstore_client.c")]
MORE_SOURCES = {"exec_server": [paths.GUEST / "exec_command.c"], "hostile_probe": PROBE_SOURCES,
                "net_backend": [PROBES / "linux/xenstore_client.c"]}


def build() -> Path:
    """A folder with one executable for each source."""
    sources = {name: [paths.GUEST / f"{name}.c", *MORE_SOURCES.get(name, [])] for name in LIBRARIES}
    headers = sorted(header for folder in (paths.GUEST, *PROBE_FOLDERS) for header in folder.glob("*.h"))
    compiler = programs.run("asking the compiler for its version", ["gcc", "--version"]).splitlines()[0]
    key = Key("guest-tools").text(compiler, *FLAGS, *STATIC, *SHARED).file(Path(__file__), *sum(sources.values(), []), *headers)

    def make(folder: Path):
        includes = [f"-I{probe_folder}" for probe_folder in PROBE_FOLDERS]
        for name, libraries in LIBRARIES.items():
            form = SHARED if name in PRELOADED else STATIC
            programs.run(f"compiling {name}", ["gcc", *FLAGS, *form, *includes, "-o", folder / name, *sources[name], *libraries])

    return produce(key, make)
