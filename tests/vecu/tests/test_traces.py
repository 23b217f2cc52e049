"""The traces of tests/vecu/traces, which `tests/sim` runs in virtual time with the same policy, on the real Xen."""

from lib import paths, trace


def _make(file):
    def test(ecu):
        trace.Player(ecu).play(trace.read(file))
    test.__doc__ = trace.title(file)
    test.__name__ = f"test_trace_{file.stem}"
    return test


for _file in sorted((paths.VECU / "traces").glob("*.trace")):
    globals()[f"test_trace_{_file.stem}"] = _make(_file)
