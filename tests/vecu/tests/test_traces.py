"""The traces of tests/vecu/traces, which `tests/sim` runs in virtual time with the same policy, on the real Xen."""

from lib import paths, trace
from lib.testing import OF_THE_PROCESS, not_dedicated


def _make(file):
    def test(ecu):
        trace.Player(ecu).play(trace.read(file))
    test.__doc__ = trace.title(file)
    test.__name__ = f"test_trace_{file.stem}"
    return not_dedicated(OF_THE_PROCESS)(test) if file.stem in ("overrun", "supervisor_restarts") else test


for _file in sorted((paths.VECU / "traces").glob("*.trace")):
    globals()[f"test_trace_{_file.stem}"] = _make(_file)
