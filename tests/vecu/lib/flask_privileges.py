"""What each permission of the supervisor's label is for (the table of docs/dedicated-domain.md), and a policy without it."""

from dataclasses import dataclass
from pathlib import Path

from . import flask_policy

SUPERVISOR, CLUSTER = "xhm_supervisor_t", "xhm_cluster_t"


@dataclass(frozen=True)
class Privilege:
    """A line of policies/flask, and what stands there instead in a policy that lacks it."""
    line: str
    tclass: str
    lost: frozenset[str]
    feature: str
    instead: str = ""
    source: str = SUPERVISOR
    """Who is denied it then."""

    def reduced(self, hypervisor: Path) -> Path:
        return flask_policy.build(hypervisor, self.line, self.instead)


PRIVILEGES = (
    Privilege("allow $1 $2:domain getdomaininfo;", "domain", frozenset({"getdomaininfo"}), "presence of every domain"),
    Privilege("allow $1 $2:domain getvcpuinfo;", "domain", frozenset({"getvcpuinfo"}), "online vCPUs, and the pCPU of each"),
    Privilege("allow $1 $2:domain getaffinity;", "domain", frozenset({"getaffinity"}), "placement and exclusivity of pCPUs"),
    Privilege("allow $1 $2:domain getscheduler;", "domain", frozenset({"getscheduler"}), "declared scheduling parameters"),
    Privilege("allow $1 $2:domain shutdown;", "domain", frozenset({"shutdown"}), "stop, and the first half of restart"),
    Privilege("allow $1 $2:domain { pause unpause };", "domain", frozenset({"pause"}), "pause, safe states, standbys",
              instead="allow $1 $2:domain unpause;"),
    Privilege("allow $1 $2:domain { pause unpause };", "domain", frozenset({"unpause"}), "the way out of a safe state, fail over",
              instead="allow $1 $2:domain pause;"),
    Privilege("allow $1 $2:grant { map_read unmap };", "grant", frozenset({"map_read"}), "probe pages",
              instead="allow $1 $2:grant unmap;"),
    Privilege("allow $1 $2:grant { map_read unmap };", "grant", frozenset({"unmap"}), "letting go of a probe page",
              instead="allow $1 $2:grant map_read;"),
    Privilege("domain_event_comms($1, $2)", "event", frozenset({"bind"}), "event channels of the control API", source=CLUSTER),
    Privilege("allow $2 $1:grant { map_read map_write unmap };", "grant", frozenset({"map_read", "map_write", "unmap"}),
              "rings of the control API", source=CLUSTER),
    Privilege("allow xhm_supervisor_t xen_t:xen physinfo;", "xen", frozenset({"physinfo"}), "number of pCPUs, at the start"),
)
