"""`vecu soak`: runs a healthy ECU for minutes and shows that the supervisor raised no fault."""

import json
import time

from . import configuration as configurations, paths
from .ecu import Ecu
from .errors import VecuError
from .progress import say

LOOK_INTERVAL = 10


def run(ecu: Ecu, configuration: configurations.Configuration, minutes: float) -> int:
    """Returns the exit status of `vecu soak`."""
    ecu.restore(configuration)
    try:
        before = ecu.domains()
        last = max((event["sequence"] for event in _events(ecu) if "sequence" in event), default=0)
        start = time.monotonic()
        end = start + minutes * 60
        looks = 0
        while True:
            status = ecu.run(["xhmctl", "status"])
            looks += 1
            if status.status != 0:
                raise VecuError(f"after {time.monotonic() - start:.0f} s `xhmctl status` ended with status {status.status}:\n"
                                f"{status.stdout}{status.stderr}")
            if time.monotonic() >= end:
                break
            time.sleep(min(LOOK_INTERVAL, max(end - time.monotonic(), 0)))  # the soak itself, not a wait for something
        faults = [event for event in _events(ecu, last) if event["kind"] in ("fault_raised", "gap")]
        if faults:
            raise VecuError(f"{len(faults)} faults were raised while nothing was wrong:\n"
                            + "\n".join(json.dumps(fault) for fault in faults))
        after = ecu.domains()
        changed = [name for name in configurations.PARTITIONS if before.get(name) != after.get(name)
                   and (name not in after or before[name].domid != after[name].domid)]
        if changed:
            raise VecuError(f"{', '.join(changed)} did not keep their domain: restarted without a fault?")
        say(f"healthy for {minutes:g} minutes, {looks} looks, no fault")
        return 0
    except VecuError as error:
        logs = paths.logs() / "soak"
        ecu.keep_logs(logs)
        say(f"soak failed: {error}\nlogs: {logs}")
        return 1
    finally:
        ecu.down()
        ecu.machine.forget()


def _events(ecu: Ecu, since: int = 0) -> list[dict]:
    printed = ecu.run(["xhmctl", "events", "--json", "--since", str(since)], check=True, timeout=60).stdout
    return [json.loads(line) for line in printed.splitlines() if line.strip()]
