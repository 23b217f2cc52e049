"""The steps of `vecu demo`, each a function from the running ECU to a sentence about what was seen."""

from .configuration import PARTITIONS
from .ecu import Ecu


def all_healthy(ecu: Ecu) -> str:
    status = ecu.run(["xhmctl", "status"])
    assert status.status == 0, f"`xhmctl status` ended with status {status.status}:\n{status.stdout}{status.stderr}"
    domains = ecu.domains()
    missing = [name for name in PARTITIONS if name not in domains]
    assert not missing, f"Xen has no domain {', '.join(missing)}"
    return ", ".join(f"{name} is domain {domains[name].domid}" for name in PARTITIONS)


STEPS = [
    ("all partitions healthy", all_healthy),
]
