"""Runs tests, several at a time, each on an ECU of its own, and prints how each ended; the last line counts them."""

import collections
import functools
import inspect
import itertools
import shutil
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from . import cache, configuration as configurations, paths, snapshot
from .ecu import Ecu
from .errors import VecuError
from .job import Job, await_some
from .plan import Plan, configuration_of
from .progress import say
from .rt_hypervisor import SourceMissing
from .testing import Skipped, find, find_for_dedicated
from .turn import place, places, turn


def default_jobs() -> int:
    """An ECU at work uses two cores: with two at a time on two cores, tests took twice as long and one in five failed."""
    return max(1, places() // 2)


@dataclass
class Outcome:
    """How a test ended, in a word: ok, FAIL or skip."""
    word: str
    seconds: float
    why: str = ""


@dataclass
class _Report:
    """Prints the outcomes as they come and counts them."""
    counts: collections.Counter = field(default_factory=collections.Counter)
    repeated: int = 0
    last_try: bool = False

    def add(self, test, outcome: Outcome, printed: str = "", repeatable: bool = True) -> list:
        """Returns the test if it is to be repeated."""
        repeat = outcome.word == "FAIL" and repeatable and not self.last_try
        print(f"{printed}{'again' if repeat else outcome.word:5} {test.__name__}  {outcome.seconds:.1f} s")
        if outcome.why:
            print("      " + outcome.why.rstrip().replace("\n", "\n      "))
        sys.stdout.flush()
        if repeat:
            return [test]
        self.counts[outcome.word] += 1
        return []

    def end(self) -> int:
        if self.repeated:
            print(f"{self.repeated} tests failed once and were repeated on a fresh ECU: see the lines `again`")
        passed, failed, skipped = (self.counts[word] for word in ("ok", "FAIL", "skip"))
        print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
        return 0 if passed and not failed else 1


def run(wanted: list[str], name: str, jobs: int, dedicated: bool = False) -> int:
    """
    Runs the tests, so many at a time, then those that need all of the machine; returns the exit status of `vecu test`.

    An emulated ECU shares the host with whatever else runs there: a test that fails is repeated once, on a fresh copy and
    with no ECU beside it. The first failure is printed too (`again`), never hidden: one that comes often is a fault of ours.
    """
    tests = find_for_dedicated(wanted) if dedicated else find(wanted)
    report = _Report()
    tests, to_boot = _prepare(tests, report)
    beside = [test for test in tests if not hasattr(test, "alone")]
    if jobs > 1 and len(beside) > 1:
        say(f"{len(beside)} tests, {jobs} at a time; then {len(tests) - len(beside)} that need all of the machine")
    failed = _work_off(Plan(beside, to_boot), report, name, jobs, place if jobs > 1 else turn)
    alone = [test for test in tests if hasattr(test, "alone")]
    failed += _work_off(Plan(alone, []), report, name, 1, turn)
    report.repeated = len(failed)
    report.last_try = True
    _work_off(Plan(failed, []), report, name, 1, turn)
    return report.end()


def _prepare(tests: list, report: _Report) -> tuple[list, list]:
    """Makes the images of all configurations, so that all tests are about the same state of the checkout. Returns the tests
    that can be carried out, and the configurations that have no snapshot yet."""
    possible, to_boot = [], []
    for configuration in dict.fromkeys(map(configuration_of, tests)):
        of_it = [test for test in tests if configuration_of(test) == configuration]
        try:
            if configuration and not cache.find(configurations.images(configuration).key):
                to_boot.append(configuration)
            possible += of_it
        except SourceMissing as reason:
            for test in of_it:
                report.add(test, Outcome("skip", 0, str(reason)))
    return possible, to_boot


def _work_off(plan: Plan, report: _Report, name: str, jobs: int, room) -> list:
    """Runs what is planned; returns the tests that failed and are to be repeated. room() is held by each while it runs."""
    running, numbers, again = {}, itertools.count(1), []
    try:
        while True:
            while len(running) < jobs:
                if configuration := plan.next_boot():
                    running[Job(functools.partial(_boot, configuration))] = configuration
                elif test := plan.next_test():
                    ecu = f"{name}-{next(numbers)}"
                    running[Job(functools.partial(_run_one, test, ecu, room))] = test
                else:
                    break
            if not running:
                return again
            for job in await_some(running):
                subject = running.pop(job)
                if callable(subject):
                    outcome = _outcome(job)
                    again += report.add(subject, outcome, job.printed)
                else:
                    _end_boot(plan, subject, _outcome(job), report)
    finally:
        for job in running:
            job.end()


def _outcome(job: Job) -> Outcome:
    try:
        return job.result()
    except EOFError as error:
        return Outcome("FAIL", 0, str(error))


def _end_boot(plan: Plan, configuration, outcome: Outcome, report: _Report):
    if outcome.word == "ok":
        plan.booted(configuration)
        return
    for test in plan.drop(configuration):
        report.add(test, outcome, repeatable=False)


def _boot(configuration) -> Outcome:
    """Beside a busy ECU a boot takes thrice as long, and its partitions miss their deadlines: it has all of the machine."""
    for attempt in (1, 2):
        try:
            with turn():
                snapshot.provide(configuration, configurations.images(configuration))
            return Outcome("ok", 0)
        except VecuError as error:
            why = str(error)
            say(f"{why}\n(attempt {attempt} of 2)")
    return Outcome("FAIL", 0, why)


def _run_one(test, name: str, room) -> Outcome:
    with room():
        return _run_now(test, name)


def _run_now(test, name: str) -> Outcome:
    ecu = Ecu(name)
    logs = paths.logs() / test.__name__
    shutil.rmtree(logs, ignore_errors=True)
    configuration = configuration_of(test)
    start = time.monotonic()
    try:
        if configuration:
            ecu.restore(configuration)
            start = time.monotonic()
        test(ecu)
        return Outcome("ok", time.monotonic() - start)
    except (Skipped, SourceMissing) as reason:
        return Outcome("skip", time.monotonic() - start, str(reason))
    except Exception as error:  # noqa: BLE001 — whatever a test raises is that test's failure
        seconds = time.monotonic() - start
        ecu.keep_logs(logs)
        why = _where(test, error) + (str(error) if isinstance(error, VecuError) else traceback.format_exception_only(error)[-1])
        return Outcome("FAIL", seconds, f"{why.rstrip()}\nlogs: {logs}")
    finally:
        ecu.down()
        ecu.machine.forget()


def _where(test, error) -> str:
    """The line of the test at which it failed."""
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == inspect.unwrap(test).__code__.co_filename]
    return f"{Path(lines[-1].filename).name}:{lines[-1].lineno}: {lines[-1].line}\n" if lines else ""
