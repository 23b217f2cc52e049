"""Where everything lives: the checkout (read), the cache (kept, shared by clones) and the run folders (one for each ECU)."""

import os
import tempfile
from pathlib import Path

VECU = Path(__file__).resolve().parent.parent
CHECKOUT = VECU.parent.parent
BUILD = CHECKOUT / "build"
GUEST = VECU / "guest"
POLICIES = CHECKOUT / "policies"


def cache() -> Path:
    """Downloaded and built things, by content: any clone may reuse them, and removing them costs only time."""
    if os.environ.get("XHM_CACHE"):
        return Path(os.environ["XHM_CACHE"])
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "xhm"


def runs() -> Path:
    """The folder of the run folders. Short, because the names of UNIX sockets may have 107 bytes only."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    return Path(base) / "xhm-vecu" if base else Path(tempfile.gettempdir()) / f"xhm-vecu-{os.getuid()}"


def logs() -> Path:
    """Logs of failed tests, kept until the same test runs again."""
    return cache() / "logs"
