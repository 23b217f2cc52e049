"""The Flask policy by itself, no ECU started: every permission of the supervisor and of partitions, and no other."""

from lib import flask_policy, rt_hypervisor
from lib.flask_privileges import PRIVILEGES
from lib.flask_query import allowed
from lib.testing import not_started

CLASSES = ("xen", "xen2", "domain", "domain2", "hvm", "event", "grant", "mmu", "shadow", "resource", "security", "version", "argo")
SUPERVISOR, DOM0, RIG, FOREIGN = "xhm_supervisor_t", "dom0_t", "xhm_rig_t", "domU_t"
SUPERVISED = ("xhm_rt_partition_t", "xhm_cluster_t", "xhm_partition_t")
PARTITIONS = (*SUPERVISED, RIG)
OBSERVE = {"getdomaininfo", "getvcpuinfo", "getaffinity", "getscheduler"}
ACT = {"shutdown", "pause", "unpause"}
OTHERS = ("xen_t", "xenboot_t", "domxen_t", "domio_t", "unlabeled_t", "security_t")
VERSION = {"xen_extraversion", "xen_compile_info", "xen_capabilities", "xen_changeset", "xen_pagesize", "xen_guest_handle"}
OWN = {  # what every domain may do with itself
    "grant": {"query", "setup"},
    "mmu": {"adjust", "physmap", "map_read", "map_write", "stat", "pinpage", "updatemp", "mmuext_op"},
    "hvm": {"getparam", "setparam", "altp2mhvm_op"},
    "domain2": {"get_vnumainfo"},
}


def _expect(policy, source: str, expected: dict[str, dict[str, set[str]]]):
    """Exactly these permissions, by target and class; none in a class that is not named."""
    questions = [(source, target, kind) for target in expected for kind in CLASSES]
    differences = [f"{source} to {target}, {kind}: {sorted(has)}, expected {sorted(expected[target].get(kind, set()))}"
                   for (_, target, kind), has in zip(questions, allowed(policy, questions))
                   if has != expected[target].get(kind, set())]
    assert not differences, "\n".join(differences)


@not_started
def test_flask_supervisor_has_exactly_its_permissions(ecu):
    """The supervisor's label may observe every domain, act on supervised partitions, read their grants, and nothing else."""
    policy = flask_policy.build(rt_hypervisor.build())
    expected = {name: {} for name in OTHERS}
    expected["xen_t"] = {"xen": {"physinfo"}, "version": VERSION}
    expected |= {name: {"domain": OBSERVE} for name in (DOM0, RIG, FOREIGN, SUPERVISOR)}
    expected |= {name: {"domain": OBSERVE | ACT, "grant": {"map_read", "unmap"}} for name in SUPERVISED}
    expected[f"{SUPERVISOR}_self"] = OWN | {"domain": OBSERVE}
    _expect(policy, SUPERVISOR, expected)


@not_started
def test_flask_partitions_have_no_right_to_each_other(ecu):
    """No partition may do anything to another one or to dom0; only cluster and rig map what the supervisor shares with them."""
    policy = flask_policy.build(rt_hypervisor.build())
    for source in PARTITIONS:
        expected = {name: {} for name in (*OTHERS, *PARTITIONS, DOM0, FOREIGN, SUPERVISOR)}
        expected["xen_t"] = {"version": VERSION}
        if source in ("xhm_cluster_t", RIG):
            expected[SUPERVISOR] = {"grant": {"map_read", "map_write", "unmap"}}
        _expect(policy, source, expected | {f"{source}_self": OWN})


@not_started
def test_flask_event_channels(ecu):
    """The supervisor has event channels to dom0, cluster and rig; a partition that is neither has one to dom0 alone."""
    policy = flask_policy.build(rt_hypervisor.build())
    channels = {SUPERVISOR: {DOM0, "xhm_cluster_t", RIG}, "xhm_rt_partition_t": {DOM0}, "xhm_partition_t": {DOM0},
                "xhm_cluster_t": {DOM0, SUPERVISOR}, RIG: {DOM0, SUPERVISOR}}
    everybody = [*channels, DOM0, FOREIGN]
    for source, peers in channels.items():
        bound = allowed(policy, [(f"{source}_channel", target, "event") for target in everybody])
        assert {target for target, has in zip(everybody, bound) if has} == peers, (source, bound)
        made = allowed(policy, [(source, f"{target}_channel", "event") for target in everybody])
        assert {target: has for target, has in zip(everybody, made) if has} == {source: {"create", "send", "status"}}, made


@not_started
def test_flask_each_permission_stands_in_one_line(ecu):
    """The lines of the table of permissions: a policy without one lacks just what the table says, and nothing else."""
    rebuilt = rt_hypervisor.build()
    targets = (SUPERVISOR, *PARTITIONS, DOM0, FOREIGN, "xen_t")
    sources = [SUPERVISOR, *PARTITIONS, *(f"{name}_channel" for name in (SUPERVISOR, *PARTITIONS))]
    questions = [(source, target, kind) for source in sources for target in targets for kind in CLASSES]
    full = allowed(flask_policy.build(rebuilt), questions)
    for privilege in PRIVILEGES:
        reduced = allowed(privilege.reduced(rebuilt), questions)
        assert all(less <= more for more, less in zip(full, reduced)), privilege
        lost = {(source, kind, permission) for (source, _, kind), more, less in zip(questions, full, reduced) for permission in more - less}
        assert {(kind, permission) for _, kind, permission in lost} == {(privilege.tclass, permission) for permission in privilege.lost}, lost
        assert any(source in (privilege.source, f"{privilege.source}_channel") for source, _, _ in lost), lost
    granted = {(kind, permission) for (source, target, kind), has in zip(questions, full) for permission in has
               if source == SUPERVISOR and not target.endswith(("_self", "xen_t"))}
    explained = {(privilege.tclass, permission) for privilege in PRIVILEGES for permission in privilege.lost if privilege.source == SUPERVISOR}
    assert granted <= explained, f"not in the table: {granted - explained}"
