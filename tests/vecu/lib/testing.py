"""The tests on the real Xen: tests/test_*.py, functions `def test_xxx(ecu)`, each on an ECU of its own.

A test's docstring says which requirement it shows. What a test may say about itself:
    @on("bare")         the configuration whose restored copy it gets; "default", all healthy, without it
    @not_started        it gets an Ecu that is not up, and starts it itself
    @alone("why")       it needs all of the machine: no other ECU works beside it
    @not_dedicated(why) it has no meaning where the supervisor has a domain of its own (`vecu test --dedicated`)
    raise Skipped(why)  it cannot be carried out here
"""

import functools
import importlib.util
import sys
from pathlib import Path

from . import configuration as configurations, paths
from .errors import VecuError

TESTS = paths.VECU / "tests"
OF_THE_PROCESS = "it ends or stops xhmd's process, which is not dom0's"
"""A reason for @not_dedicated."""


class Skipped(Exception):
    """Raised by a test that cannot be carried out on this machine; the reason is printed."""


def on(configuration: str):
    def mark(test):
        test.configuration = configurations.ALL[configuration]
        return test
    return mark


def not_dedicated(why: str):
    def mark(test):
        test.not_dedicated = why
        return test
    return mark


def not_started(test):
    test.configuration = None
    return test


def alone(why: str):
    """For a test whose result depends on time of the host that another ECU would take."""
    def mark(test):
        test.alone = why
        return test
    return mark


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


def find_for_dedicated(wanted: list[str]) -> list:
    """Those of the default configuration, made for the configuration dedicated."""
    tests = [_on_dedicated(test) for test in find(wanted) if not hasattr(test, "configuration")]
    if not tests:
        raise VecuError(f"none of {', '.join(wanted)} is a test of the default configuration")
    return tests


def _on_dedicated(test):
    """The same test on the ECU whose supervisor has a domain of its own; the reason where it has no meaning there."""
    why = getattr(test, "not_dedicated", None)

    @on("dedicated")
    @functools.wraps(test)
    def carried_out(ecu):
        if why:
            raise Skipped(f"not where the supervisor has a domain of its own: {why}")
        test(ecu)

    if why:
        carried_out.configuration = None  # no ECU is needed to say so
    return carried_out


def _load(file: Path):
    specification = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(specification)
    sys.modules[file.stem] = module
    specification.loader.exec_module(module)
    return module
