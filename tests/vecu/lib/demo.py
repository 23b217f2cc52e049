"""`vecu demo`: the main job, shown step by step on the virtual ECU, with elapsed times.

A step is one function that takes the ECU and returns a sentence about what was seen; it raises when it did not hold.
The steps are in tables, in their order: STEPS, and STEPS_WITH_STANDBY for an ECU that has one. A step that did not hold does not stop the later
ones, and that about the driver domain is left out where there is none.
"""

import time
from dataclasses import dataclass
from typing import Callable

from . import configuration as configurations, paths
from .demo_steps import STEPS, STEPS_WITH_STANDBY, crashed_driver_domain
from .ecu import Ecu
from .errors import VecuError


@dataclass
class Outcome:
    title: str
    seconds: float
    held: bool
    seen: str


def run(ecu: Ecu, configuration: configurations.Configuration) -> int:
    """Restores the ECU, carries out all steps and prints the table; returns the exit status of `vecu demo`."""
    steps = STEPS_WITH_STANDBY if configuration.standbys else [
        (title, step) for title, step in STEPS if configuration.driver_domain or step is not crashed_driver_domain]
    ecu.restore(configuration)
    try:
        width = max(len(title) for title, _ in steps)
        outcomes = [_carry_out(ecu, title, step, width) for title, step in steps]
        if not all(outcome.held for outcome in outcomes):
            logs = paths.logs() / "demo"
            ecu.keep_logs(logs)
            print(f"logs: {logs}")
    finally:
        ecu.down()
        ecu.machine.forget()
    held = sum(outcome.held for outcome in outcomes)
    print(f"{held} of {len(outcomes)} steps held")
    return 0 if held == len(outcomes) else 1


def _carry_out(ecu: Ecu, title: str, step: Callable[[Ecu], str], width: int) -> Outcome:
    start = time.monotonic()
    try:
        seen, held = step(ecu), True
    except (VecuError, AssertionError) as error:
        seen, held = str(error) or "not as expected", False
    outcome = Outcome(title, time.monotonic() - start, held, seen)
    first, *more = outcome.seen.splitlines() or [""]
    print(f"{'held' if held else 'NOT'}  {outcome.seconds:6.1f} s  {title:{width}}  {first}", flush=True)
    for line in more:
        print(" " * 16 + line, flush=True)
    return outcome
