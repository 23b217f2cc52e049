"""Runs the tests on the real Xen: tests/test_*.py, functions `def test_xxx(ecu)`, each on an ECU of its own.

A test's docstring says which requirement it shows. What a test may say about itself:
    @on("bare")         the configuration whose restored copy it gets; "default", all healthy, without it
    @not_started        it gets an Ecu that is not up, and starts it itself
    raise Skipped(why)  it cannot be carried out here
"""

import importlib.util
import shutil
import sys
import time
import traceback
from pathlib import Path

from . import configuration as configurations, paths
from .ecu import Ecu
from .errors import VecuError
from .rt_hypervisor import SourceMissing
from .turn import turn

TESTS = paths.VECU / "tests"


class Skipped(Exception):
    """Raised by a test that cannot be carried out on this machine; the reason is printed."""


def on(configuration: str):
    def mark(test):
        test.configuration = configurations.ALL[configuration]
        return test
    return mark


def not_started(test):
    test.configuration = None
    return test


def find(wanted: list[str]) -> list:
    """The tests, in order of file and line; those wanted by name of test or file, or all."""
    tests = []
    for file in sorted(TESTS.glob("test_*.py")):
        module = _load(file)
        functions = [value for name, value in vars(module).items() if name.startswith("test_") and callable(value)
                     and value.__module__ == module.__name__]
        for function in sorted(functions, key=lambda f: f.__code__.co_firstlineno):
            if not function.__doc__:
                raise VecuError(f"{file.name}: {function.__name__} has no docstring that says what it shows")
            tests.append((file.stem, function))
    for name in wanted:
        if not any(name in (stem, stem.removeprefix("test_"), function.__name__, function.__name__.removeprefix("test_"))
                   for stem, function in tests):
            raise VecuError(f"there is no test {name}; `vecu test --list` shows all")
    return [function for stem, function in tests
            if not wanted or {stem, stem.removeprefix("test_"), function.__name__,
                              function.__name__.removeprefix("test_")} & set(wanted)]


def _load(file: Path):
    specification = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(specification)
    sys.modules[file.stem] = module
    specification.loader.exec_module(module)
    return module


def run(wanted: list[str], name: str) -> int:
    """
    Runs the tests one after another; returns the exit status of `vecu test`.

    An emulated ECU shares the host with whatever else runs there: a test that fails is repeated once on a fresh copy. The
    first failure is printed too (`again`), never hidden: one that comes often is a fault of ours.
    """
    tests = find(wanted)
    passed, failed, skipped, repeated = 0, 0, 0, 0
    for test in tests:
        with turn():
            outcome, seconds, why = _run_one(test, name)
            if outcome == "FAIL":
                _print(test, "again", seconds, why)
                repeated += 1
                outcome, seconds, why = _run_one(test, name)
        _print(test, outcome, seconds, why)
        passed, failed, skipped = (passed + (outcome == "ok"), failed + (outcome == "FAIL"), skipped + (outcome == "skip"))
    if repeated:
        print(f"{repeated} tests failed once and were repeated on a fresh ECU: see the lines `again`")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if passed and not failed else 1


def _print(test, outcome: str, seconds: float, why: str):
    print(f"{outcome:5} {test.__name__}  {seconds:.1f} s", flush=True)
    if why:
        print("      " + why.rstrip().replace("\n", "\n      "), flush=True)


def _run_one(test, name: str) -> tuple[str, float, str]:
    ecu = Ecu(name)
    logs = paths.logs() / test.__name__
    shutil.rmtree(logs, ignore_errors=True)
    configuration = getattr(test, "configuration", configurations.DEFAULT)
    start = time.monotonic()
    try:
        if configuration:
            ecu.restore(configuration)
            start = time.monotonic()
        test(ecu)
        return "ok", time.monotonic() - start, ""
    except (Skipped, SourceMissing) as reason:
        return "skip", time.monotonic() - start, str(reason)
    except Exception as error:  # noqa: BLE001 — whatever a test raises is that test's failure
        seconds = time.monotonic() - start
        ecu.keep_logs(logs)
        why = _where(test, error) + (str(error) if isinstance(error, VecuError) else traceback.format_exception_only(error)[-1])
        return "FAIL", seconds, f"{why.rstrip()}\nlogs: {logs}"
    finally:
        ecu.down()
        ecu.machine.forget()


def _where(test, error) -> str:
    """The line of the test at which it failed."""
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == test.__code__.co_filename]
    return f"{Path(lines[-1].filename).name}:{lines[-1].lineno}: {lines[-1].line}\n" if lines else ""
