"""Writes cpio archives (newc), the form in which Linux takes its initial file system. Needs no privilege for device nodes."""

import stat
from pathlib import Path


class Cpio:
    def __init__(self):
        self._parts: list[bytes] = []
        self._inode = 0
        self._folders: set[str] = set()

    def _entry(self, name: str, mode: int, data: bytes = b"", device: tuple[int, int] = (0, 0)):
        self._inode += 1
        encoded = name.encode() + b"\0"
        fields = [self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(encoded), 0]
        header = b"070701" + b"".join(b"%08X" % field for field in fields)
        for part in (header + encoded, data):
            self._parts.append(part + b"\0" * (-len(part) % 4))

    def _folders_above(self, name: str):
        for parent in reversed(Path(name).parents):
            if str(parent) != "." and str(parent) not in self._folders:
                self.folder(str(parent))

    def folder(self, name: str, mode: int = 0o755):
        self._folders_above(name)
        self._folders.add(name)
        self._entry(name, stat.S_IFDIR | mode)

    def file(self, name: str, data: bytes, mode: int = 0o644):
        self._folders_above(name)
        self._entry(name, stat.S_IFREG | mode, data)

    def link(self, name: str, target: str):
        self._folders_above(name)
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def character_device(self, name: str, major: int, minor: int, mode: int = 0o600):
        self._folders_above(name)
        self._entry(name, stat.S_IFCHR | mode, device=(major, minor))

    def tree(self, folder: Path, below: str = ""):
        """Everything in the folder, as files of root; executable if they are so here."""
        for path in sorted(folder.rglob("*")):
            name = below + str(path.relative_to(folder))
            if path.is_symlink():
                self.link(name, str(path.readlink()))
            elif path.is_dir():
                if name not in self._folders:
                    self.folder(name)
            else:
                self.file(name, path.read_bytes(), 0o755 if path.stat().st_mode & 0o100 else 0o644)

    def content(self) -> bytes:
        self._entry("TRAILER!!!", 0)
        return b"".join(self._parts)
