"""What comes from Debian and seldom changes: Xen, the kernel, dom0's root file system and the modules of both guests.

One mmdebstrap run unpacks the packages (no maintainer script runs, nothing is installed on the host). The result is a
folder in the cache with:
    xen          the hypervisor, uncompressed, as QEMU's multiboot loader wants it
    vmlinux      the kernel as an ELF file: neither Xen nor xl then spend emulated seconds on decompressing it
    root.sqfs    dom0's root, read-only, the partitions' kernel included; dom0 keeps its changes in memory (guest/dom0-init)
    modules/     the few kernel modules that dom0's first program, the partitions and the supervisor's domain load, in order
                 of loading; backend and frontend are what a partition needs beside them to have or to use a network
    busybox      static, for the initial file systems
"""

import gzip
import lzma
import os
import re
import shutil
import struct
import subprocess
import tarfile
from pathlib import Path

from . import programs
from .cache import Key, produce
from .errors import VecuError
from .progress import step

SUITE = "bookworm"
PARTITION_KERNEL = "usr/lib/xhm/vmlinux"  # in dom0; policies/xl/*.cfg name it
PACKAGES = """
    xen-hypervisor-4.17-amd64 linux-image-amd64 busybox-static
    xen-utils-4.17 xenstore-utils systemd systemd-sysv dbus login mount util-linux coreutils bash grep sed findutils mawk kmod procps iproute2
    strace python3 base-files base-passwd
    libxenmisc4.17 libsystemd0 libprotobuf-c1 libyaml-0-2 libsodium23
""".split()

BOOT_MODULES = ["virtio_pci", "virtio_blk", "virtio_console", "squashfs", "overlay"]
XEN_MODULES = ["xenfs", "xen-privcmd", "xen-evtchn", "xen-gntdev", "xen-gntalloc", "xen_wdt"]
DOM0_MODULES = BOOT_MODULES + XEN_MODULES + ["autofs4", "loop", "xen-blkback"]
# The supervisor's own domain: the hypervisor's interfaces and a disk for its fault memory, nothing else.
SUPERVISOR_MODULES = ["xen-privcmd", "xen-evtchn", "xen-gntdev", "xen-gntalloc", "xen-blkfront", "crc32c_generic", "ext4"]
NETWORK_MODULES = {"backend": ["xen-netback", "bridge"], "frontend": ["xen-netfront"]}

LEFT_OUT = re.compile(
    r"boot/|lib/modules/|lib/firmware/|var/(cache|lib/(apt|dpkg))/|usr/share/(doc|man|info|locale|lintian|bug|initramfs-tools"
    r"|perl|zoneinfo|bash-completion|zsh|polkit-1|i18n)/|usr/lib/python3.*/(test|idlelib|lib2to3|ensurepip|pydoc_data)/"
    r"|(usr/)?lib/udev/hwdb\.d/|usr/lib/x86_64-linux-gnu/(gconv|perl|perl-base|cryptsetup)/|usr/lib/debug/|usr/lib/locale/"
    r"|usr/share/qemu|usr/lib/xen-4\.17/boot/|(usr/)?lib/systemd/(catalog|boot)/|dev/")
MERGED = ("bin", "sbin", "lib", "lib64")  # these are links into usr/, as on every Debian installation
LINKS = {name: f"usr/{name}" for name in MERGED} | {"var/run": "/run", "var/lock": "/run/lock"}


def build() -> Path:
    key = Key("base").text(SUITE, *PACKAGES).file(Path(__file__))
    return produce(key, _make)


def _sources() -> str:
    """The host's own Debian package sources, as apt knows them."""
    form = "$(ORIGIN)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)"
    listed = programs.run("asking apt for this machine's package sources",
                          ["apt-get", "indextargets", "--format", form, "Created-By: Packages"])
    lines = [line.split("|", 1) for line in listed.splitlines()]
    chosen = {line for origin, line in lines if origin == "Debian"} or {line for _, line in lines}
    chosen = sorted(line for line in chosen if f" {SUITE}" in line)
    if not chosen:
        raise VecuError(f"making dom0's image: apt on this machine has no package source for Debian {SUITE}")
    return "\n".join(chosen) + "\n"


def _make(folder: Path):
    with step("downloading and unpacking Debian packages for the virtual ECU"):
        unpacked = folder / "unpacked.tar"
        mode = [] if os.geteuid() == 0 else ["--mode=chrootless"]  # nothing of the packages is run, so no root is needed
        programs.run("unpacking Debian packages", ["mmdebstrap", "--quiet", "--variant=extract", *mode, "--include=" + ",".join(PACKAGES),
                                                   SUITE, unpacked, "-"], input=_sources())
    with step("making dom0's root file system"):
        kernel_files = folder / "kernel"
        with tarfile.open(unpacked) as tar:
            release = _take_kernel(tar, folder, kernel_files)
        modules = kernel_files / "lib/modules" / release
        programs.run("listing the kernel's modules", ["/sbin/depmod", "-b", kernel_files, release])
        partition = _with_dependencies(modules, XEN_MODULES)
        for kind, names in (("boot", BOOT_MODULES), ("partition", XEN_MODULES), ("supervisor", SUPERVISOR_MODULES)):
            _ordered(modules, _with_dependencies(modules, names), folder / "modules" / kind)
        for role, names in NETWORK_MODULES.items():  # loaded after those of every partition
            order = _with_dependencies(modules, names)
            _ordered(modules, [path for path in order if path not in partition], folder / "modules" / role)
        _keep_modules(modules, _with_dependencies(modules, DOM0_MODULES + SUPERVISOR_MODULES))
        programs.run("listing the kept modules", ["/sbin/depmod", "-b", kernel_files, release])
        _make_root(unpacked, kernel_files, folder)
        shutil.rmtree(kernel_files)
        unpacked.unlink()


def _take_kernel(tar: tarfile.TarFile, folder: Path, kernel_files: Path) -> str:
    """Puts Xen, the kernel, busybox and all modules beside the archive; returns the kernel's release."""
    release = None
    for member in tar:
        name = member.name.removeprefix("./")
        if name.startswith("boot/vmlinuz-"):
            release = name.removeprefix("boot/vmlinuz-")
            (folder / "vmlinux").write_bytes(_elf_of(tar.extractfile(member).read()))
        elif re.fullmatch(r"boot/xen-4\.17-amd64\.gz", name):
            (folder / "xen").write_bytes(gzip.decompress(tar.extractfile(member).read()))
        elif name in ("bin/busybox", "usr/bin/busybox"):
            (folder / "busybox").write_bytes(tar.extractfile(member).read())
            (folder / "busybox").chmod(0o755)
        elif name.startswith("lib/modules/"):
            tar.extract(member, kernel_files)
    if not release or not (folder / "xen").exists() or not (folder / "busybox").exists():
        raise VecuError("making dom0's image: the unpacked packages hold no kernel, no Xen or no busybox")
    return release


def _elf_of(image: bytes) -> bytes:
    """The ELF file inside a bzImage (Linux, Documentation/x86/boot.rst: payload_offset and payload_length)."""
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    elf = lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(image[start:start + length])
    if elf[:4] != b"\x7fELF":
        raise VecuError("making dom0's image: the kernel's payload is no ELF file after xz decompression")
    return elf


def _with_dependencies(modules: Path, wanted: list[str]) -> list[str]:
    """Paths of the wanted modules and of what they need, in order of loading."""
    needs, by_name = {}, {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        needs[path] = rest.split()
        by_name[Path(path).name.split(".")[0].replace("-", "_")] = path
    order: list[str] = []
    built_in = {Path(line).stem.replace("-", "_") for line in (modules / "modules.builtin").read_text().splitlines()}
    for name in (word.replace("-", "_") for word in wanted):
        if name in built_in:
            continue
        if name not in by_name:
            raise VecuError(f"making dom0's image: the kernel has no module {name}")
        for path in [*reversed(needs[by_name[name]]), by_name[name]]:
            if path not in order:
                order.append(path)
    return order


def _keep_modules(modules: Path, kept: list[str]):
    for file in (modules / "kernel").rglob("*.ko"):
        if str(file.relative_to(modules)) not in kept:
            file.unlink()


def _ordered(modules: Path, order: list[str], folder: Path):
    folder.mkdir(parents=True)
    for number, path in enumerate(order):
        shutil.copy(modules / path, folder / f"{number:02}-{Path(path).name}")


def _make_root(unpacked: Path, kernel_files: Path, folder: Path):
    """Filters the unpacked packages into a read-only image in which all is root's, whoever unpacked them."""
    image = subprocess.Popen(["sqfstar", "-quiet", "-no-progress", "-comp", "lz4", "-no-xattrs", str(folder / "root.sqfs")],
                             stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    with tarfile.open(fileobj=image.stdin, mode="w|", format=tarfile.GNU_FORMAT) as out, tarfile.open(unpacked) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() else None
            member.name = member.name.removeprefix("./")
            if not member.name or member.name == "." or member.name in LINKS or LEFT_OUT.match(member.name + "/"):
                continue
            member.name = _merged(member.name)
            if member.islnk():
                member.linkname = _merged(member.linkname.removeprefix("./"))
            out.addfile(_of_root(member), content)
        for name, target in LINKS.items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname, link.mode = tarfile.SYMTYPE, target, 0o777
            out.addfile(link)
        out.add(kernel_files / "lib/modules", "usr/lib/modules", filter=_of_root)
        out.add(folder / "vmlinux", PARTITION_KERNEL, filter=_of_root)
    image.stdin.close()
    said = image.stderr.read().decode()
    if image.wait() != 0:
        raise VecuError(f"making dom0's root file system: sqfstar ended with status {image.returncode}:\n{said}")


def _merged(name: str) -> str:
    return f"usr/{name}" if name.split("/", 1)[0] in MERGED else name


def _of_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member

