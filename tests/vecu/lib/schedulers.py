"""What the ECUs whose partitions have a cpupool of their own declare, by the pool's scheduler. What xl needs is in policies/xl."""

ALL = ("credit2", "rtds", "null", "arinc653")
PCPUS = {"arinc653": 1}
"""How many pCPUs the partitions have together; one for each where it is not said here."""


def declare(scheduler: str, policy: dict):
    """Changes the policy of the default ECU to that of the ECU with this scheduler."""
    if scheduler == "arinc653":
        _share_one_pcpu(policy)


def _share_one_pcpu(policy: dict):
    for partition in policy["partitions"]:
        for vcpu in partition["vcpus"]:
            vcpu.update(pcpus="1", exclusive=False)
