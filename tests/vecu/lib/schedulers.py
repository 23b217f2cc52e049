"""What the ECUs whose partitions have a cpupool of their own declare, by the pool's scheduler. What xl needs is in policies/xl."""

ALL = ("credit2", "rtds", "null", "arinc653")
PCPUS = {"arinc653": 2}
"""How many pCPUs the partitions have together; one for each where it is not said here."""


def declare(scheduler: str, policy: dict):
    """Changes the policy of the default ECU to that of the ECU with this scheduler."""
    if scheduler == "arinc653":
        _take_turns(policy)


def _take_turns(policy: dict):
    for partition in policy["partitions"]:
        partition["vcpus"] = [{"pcpus": "2" if partition["name"] == "infotainment" else "1", "exclusive": False}]
