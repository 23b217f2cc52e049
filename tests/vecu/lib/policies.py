"""Policies for single tests: the running one with changes, applied, and where it shall outlive xhmd, installed as well."""

import json
from collections.abc import Callable

from .ecu import Ecu
from .remote import Result

Policy = dict
FILE, INSTALLED = "/root/policy.json", "/etc/xhm/policy.xhm"


def running(ecu: Ecu) -> Policy:
    """The policy that runs, by its keys (JSON is YAML, too)."""
    return json.loads(ecu.run(["xhmctl", "--json", "policy", "show"], check=True).stdout)


def partition(policy: Policy, name: str) -> dict:
    return next(entry for entry in policy["partitions"] if entry["name"] == name)


def write(ecu: Ecu, edit: Callable[[Policy], None]):
    """Makes FILE of the running policy as edit() leaves it."""
    policy = running(ecu)
    edit(policy)
    ecu.run(["sh", "-c", f"cat >{FILE}"], stdin=json.dumps(policy, indent=1).encode(), check=True)


def offer(ecu: Ecu, edit: Callable[[Policy], None]) -> Result:
    """Tries to apply the running policy as edit() leaves it."""
    write(ecu, edit)
    return ecu.run(["xhmctl", "policy", "apply", FILE])


def change(ecu: Ecu, edit: Callable[[Policy], None], install: bool = False):
    """Applies the running policy as edit() leaves it. With install it is also what xhmd loads when it starts."""
    write(ecu, edit)
    if install:
        ecu.run(["xhmctl", "policy", "compile", FILE, "-o", INSTALLED], check=True)
    ecu.run(["xhmctl", "policy", "apply", FILE], check=True)


def bounds(ecu: Ecu, name: str) -> dict[str, dict[str, float]]:
    """What `policy check` derives of the running policy for the partition: by fault class fdti and fhti, seconds, where bounded."""
    ecu.run(["sh", "-c", f"xhmctl --json policy show >{FILE}"], check=True)
    checked = json.loads(ecu.run(["xhmctl", "--json", "policy", "check", FILE], check=True).stdout)
    timing = next(entry["timing"] for entry in checked["partitions"] if entry["name"] == name)
    return {fault_class: {"fdti": (times["fdti"]["total_ns"] or 0) / 1e9, "fhti": (times["fhti_ns"] or 0) / 1e9}
            for fault_class, times in timing.items() if times}


def react(policy: Policy, name: str, *rungs: str, classes: tuple[str, ...] = ()):
    """The ladder of these fault classes of the partition; of all without one."""
    reactions = partition(policy, name)["reactions"]
    for fault_class in classes or tuple(reactions):
        reactions[fault_class] = list(rungs)


def supervise_everything(policy: Policy):
    """Every kind of supervision for the first entity of each partition; all that is found is reported, and nothing more."""
    for entry in policy["partitions"]:
        if not entry.get("entities"):  # dom0, where it is one
            continue
        react(policy, entry["name"], "report")
        entity = entry["entities"][0]
        entity["deadlines"] = [{"from": 1, "to": 2, "min": "1ms", "max": "280ms"}]
        entity["logical"] = {"initial": [1], "finals": [2], "transitions": [{"from": 1, "to": 2}]}
        entity["clock"] = {"window": "2s", "tolerance": "40%"}
        entity["latency"] = {"raise": "1s", "clear": "500ms", "debounce": {"up": 60, "down": 60}}
    # Of the one that has least to do: what a busy host takes away counts as load, too.
    partition(policy, "infotainment")["load"] = {"raise": "95%", "clear": "90%", "debounce": {"up": 8, "down": 64}}
