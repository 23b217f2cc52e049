"""A store of built things, each named by a hash of everything it was made from.

Safe for several users at once: each thing is made under a lock, in a folder of its own, and appears by one rename.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
from pathlib import Path

from . import paths

KEEP = 12  # of each kind, so many are kept: the newest by last use. More than there are configurations


class Key:
    """Collects what a thing is made from. The order matters, the names of the files do not."""

    def __init__(self, kind: str):
        self.kind = kind
        self._hash = hashlib.sha256(kind.encode())

    def text(self, *words: str) -> "Key":
        for word in words:
            encoded = word.encode()
            self._hash.update(b"T%d:" % len(encoded) + encoded)
        return self

    def file(self, *files: Path) -> "Key":
        for file in files:
            content = Path(file).read_bytes()
            self._hash.update(b"F%d:%o:" % (len(content), os.stat(file).st_mode & 0o777))
            self._hash.update(content)
        return self

    def tree(self, folder: Path) -> "Key":
        """Every file below the folder with its relative name and what it holds or links to."""
        for path in sorted(folder.rglob("*")):
            if path.is_symlink():
                self.text(str(path.relative_to(folder)), "->", os.readlink(path))
            elif path.is_file():
                self.text(str(path.relative_to(folder))).file(path)
        return self

    def __str__(self) -> str:
        return f"{self.kind}-{self._hash.hexdigest()[:16]}"


@contextlib.contextmanager
def locked(name: str):
    """Held by one process at a time; given up by the system when that process ends, however it ends."""
    folder = paths.cache() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / name, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def find(key: Key) -> Path | None:
    path = paths.cache() / str(key)
    if not path.is_dir():
        return None
    os.utime(path)
    return path


def produce(key: Key, make) -> Path:
    """The folder of the thing: found, or made by make(folder)."""
    path = find(key)
    if path:
        return path
    with locked(str(key)):
        path = find(key)
        if path:
            return path
        path = paths.cache() / str(key)
        unfinished = paths.cache() / f"{key}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        make(unfinished)
        unfinished.rename(path)
        _forget_old(key.kind)
    return path


def _forget_old(kind: str):
    """Removes what was not used for longest. What another process has open stays readable to it."""
    found = [p for p in paths.cache().glob(f"{kind}-*") if p.is_dir() and not p.name.endswith(".unfinished")]
    for path in sorted(found, key=lambda p: p.stat().st_mtime, reverse=True)[KEEP:]:
        shutil.rmtree(path, ignore_errors=True)
