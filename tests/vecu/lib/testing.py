"""The tests on the real Xen: tests/test_*.py, functions `def test_xxx(ecu)`, each on an ECU of its own.

A test's docstring says which requirement it shows. What a test may say about itself:
    @on("bare")         the configuration whose restored copy it gets; "default", all healthy, without it
    @not_started        it gets an Ecu that is not up, and starts it itself
    @alone("why")       it needs all of the machine: no other ECU works beside it
    raise Skipped(why)  it cannot be carried out here
"""

import importlib.util
import sys
from pathlib import Path

from . import configuration as configurations, paths
from .errors import VecuError

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


def _load(file: Path):
    specification = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(specification)
    sys.modules[file.stem] = module
    specification.loader.exec_module(module)
    return module
