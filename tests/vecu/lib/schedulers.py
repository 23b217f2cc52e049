"""What the policies of the ECUs whose partitions have a cpupool of their own declare, by the pool's scheduler.

The policy is that of the default ECU with what is said here; what xl needs for the same is in policies/xl/SCHEDULER.
"""

ALL = ("credit2", "rtds", "null", "arinc653")
PCPUS = {"arinc653": 2}
"""How many pCPUs the partitions have together; one for each where it is not said here."""
POOL = "partitions"
FACTS = {"facts_period": "2s", "facts_timeout": "20s"}  # generous: gathering is done by processes of an emulated dom0

# Xen's defaults where xl has no key for it (policies/xl/rtds): the budget and the extra time.
SERVERS = {"brake": "5ms", "fusion": "8ms", "infotainment": "10ms"}
SHARES = {"brake": {"weight": 2048}, "fusion": {"weight": 512, "cap": "90%"}, "infotainment": {"weight": 1024}}
SCHEDULE = {"major_frame": "100ms", "frames": [{"partition": "brake", "duration": "60ms"},
                                               {"partition": "fusion", "duration": "30ms"}]}


def declare(scheduler: str, policy: dict):
    """Changes the policy of the default ECU to that of the ECU with this scheduler."""
    policy["platform"] = dict(FACTS)
    policy["cpupools"] = [{"name": "Pool-0", "scheduler": "credit2", "pcpus": "0"},
                          {"name": POOL, "scheduler": scheduler, "pcpus": "1-3"}]
    for partition in policy["partitions"]:
        partition["cpupool"] = POOL
        _DETAILS[scheduler](partition)
    if scheduler == "arinc653":
        policy["cpupools"] = [{"name": "Pool-0", "scheduler": "credit2", "pcpus": "0,2"},
                              {"name": POOL, "scheduler": scheduler, "pcpus": "1"} | SCHEDULE]


def _share(partition: dict):
    partition["credit2"] = SHARES[partition["name"]]


def _serve(partition: dict):
    partition["vcpus"][0]["rtds"] = {"period": SERVERS[partition["name"]], "budget": "4ms", "extratime": True}


def _take_turns(partition: dict):
    """Brake and fusion by turns on one pCPU; infotainment is no real-time partition, and not in the schedule."""
    is_scheduled = partition["name"] in (frame["partition"] for frame in SCHEDULE["frames"])
    partition["vcpus"] = [{"pcpus": "1" if is_scheduled else "2", "exclusive": False}]
    partition["cpupool"] = POOL if is_scheduled else "Pool-0"


_DETAILS = {"credit2": _share, "rtds": _serve, "null": lambda partition: None, "arinc653": _take_turns}
