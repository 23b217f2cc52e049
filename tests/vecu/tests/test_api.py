"""The control API on the real ECU: who may do what, policies, peers that mean harm, streams that go on."""

import json

from lib import paths
from lib.health import Health
from lib.testing import OF_THE_PROCESS, alone, not_dedicated

POLICY = (paths.POLICIES / "cockpit.yaml").read_text()
HOSTILE_PEERS = "/root/hostile_peers.py"
NOBODY = 65534
AS_NOBODY = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
USAGE, NO_DAEMON, NOT_PERMITTED, POLICY_REFUSED = 2, 3, 4, 5  # exit statuses of xhmctl
REFUSAL_BAD_POLICY = 4
HELLO, RESTART = 2, 5  # requests, as request_refused names them


def _put(ecu, text: str | bytes, path: str) -> str:
    data = text.encode() if isinstance(text, str) else text
    ecu.run(["sh", "-c", 'cat >"$0"', path], stdin=data, check=True)
    return path


def _changed(*changes: tuple[str, str]) -> str:
    """The running policy with texts replaced, each of which must be there."""
    text = POLICY
    for before, after in changes:
        assert before in text, f"cockpit.yaml has no {before!r}"
        text = text.replace(before, after, 1)
    return text


def _hostile(ecu, *words: str, timeout: float = 60) -> dict:
    ecu.push(paths.GUEST / "hostile_peers.py", HOSTILE_PEERS)
    return json.loads(ecu.run(["python3", HOSTILE_PEERS, *words], timeout=timeout, check=True).stdout)


def _domids(ecu) -> dict[str, int]:
    return {name: domain.domid for name, domain in ecu.domains().items()}


# Roles ---------------------------------------------------------------------------------------------------------------


@not_dedicated("over vchan roles are a domain's, not a user's")
def test_stranger_is_refused(ecu):
    """Who has no role in the policy may connect and is told that nothing is permitted: exit status 4, and an event."""
    health = Health(ecu)
    health.set_mark()
    before = _domids(ecu)
    for words in (["restart", "brake"], ["status"], ["inject", "crash", "brake"], ["policy", "show"]):
        result = ecu.run([*AS_NOBODY, "xhmctl", *words])
        assert result.status == NOT_PERMITTED, f"xhmctl {words} as nobody: {result}"
        assert str(NOBODY) in result.stderr, result.stderr
    refused = health.await_event("request_refused", 10)
    assert (refused["request"], refused["uid"]) == (HELLO, NOBODY), refused
    health.expect_no_fault()
    health.expect_no_restart()
    assert _domids(ecu) == before


@not_dedicated("over vchan roles are a domain's, not a user's")
def test_observer_may_look_and_no_more(ecu):
    """An observer reads status and events; a restart and an injection are refused, recorded, and not carried out."""
    health = Health(ecu)
    policy = _put(ecu, _changed(("access:\n", f"access:\n  - uid: {NOBODY}\n    roles: [observer]\n")), "/tmp/policy.yaml")
    ecu.run(["xhmctl", "policy", "apply", policy], check=True)
    health.set_mark()
    before = _domids(ecu)
    assert ecu.run([*AS_NOBODY, "xhmctl", "status"]).status in (0, 1)
    assert ecu.run([*AS_NOBODY, "xhmctl", "events"], check=True).stdout
    for words in (["restart", "brake"], ["inject", "crash", "brake"], ["policy", "apply", policy]):
        result = ecu.run([*AS_NOBODY, "xhmctl", *words])
        assert result.status == NOT_PERMITTED, f"xhmctl {words} as observer: {result}"
    refused = health.await_event("request_refused", 10)
    assert (refused["request"], refused["uid"]) == (RESTART, NOBODY), refused
    assert len([event for event in health.events() if event["kind"] == "request_refused"]) == 3
    health.expect_no_restart()
    assert _domids(ecu) == before


@not_dedicated(OF_THE_PROCESS)
def test_no_daemon(ecu):
    """Without xhmd every request ends with status 3 and says what it could not reach."""
    ecu.run(["systemctl", "stop", "xhmd"], check=True)
    for words in (["status"], ["events"], ["faults"], ["restart", "brake"], ["policy", "show"], ["inject", "clear"]):
        result = ecu.run(["xhmctl", *words])
        assert result.status == NO_DAEMON and "xhmctl:" in result.stderr, f"xhmctl {words}: {result}"
    ecu.run(["systemctl", "start", "xhmd"], check=True, timeout=60)
    Health(ecu).await_ok()


# Policies ------------------------------------------------------------------------------------------------------------


def test_bad_policy_changes_nothing(ecu):
    """A policy with several mistakes: all are told in one go, with line and column, and the running one stays."""
    health = Health(ecu)
    health.set_mark()
    before = health.status()["policy_hash"]
    policy = _put(ecu, _changed(("cycle: 100ms", "cycle: 100MiB"), ("    id: 1   ", "    idd: 1   "), ("pcpus: 2", "pcpus: 1"),
                                ("slack: 0KiB", "slack: many"), ("name: infotainment", "name: brake")), "/tmp/policy.yaml")
    result = ecu.run(["xhmctl", "policy", "apply", policy])
    assert result.status == POLICY_REFUSED, result
    mistakes = [line for line in result.stderr.splitlines() if line.startswith(f"{policy}:") and line.split(":")[1].isdigit()]
    assert len(mistakes) >= 4, result.stderr
    for word in ("100MiB", "idd", "many"):
        assert any(word in line for line in mistakes), f"{word} is not named:\n{result.stderr}"
    assert health.status()["policy_hash"] == before
    assert not [event for event in health.events() if event["kind"] == "policy_applied"]


@not_dedicated("its peers speak over the UNIX socket")
def test_damaged_compiled_policy(ecu):
    """Truncated and bit-flipped compiled policies are refused by name of what is wrong, by client and supervisor."""
    health = Health(ecu)
    health.set_mark()
    before = health.status()["policy_hash"]
    ecu.run("cp /etc/xhm/policy.xhm /root/short.xhm && truncate -s -7 /root/short.xhm && cp /etc/xhm/policy.xhm /root/flipped.xhm "
            "&& printf X | dd of=/root/flipped.xhm bs=1 seek=200 conv=notrunc status=none", check=True)
    for path, named in (("/root/short.xhm", "truncated"), ("/root/flipped.xhm", "crc|checksum")):
        by_client = ecu.run(["xhmctl", "policy", "apply", path])
        assert by_client.status == POLICY_REFUSED, by_client
        by_supervisor = _hostile(ecu, "apply", path)
        assert by_supervisor.get("refused") == REFUSAL_BAD_POLICY, by_supervisor
        for said in (by_client.stderr, by_supervisor["message"]):
            assert any(word in said.lower() for word in named.split("|")), f"{path}: {said!r} does not say {named}"
    assert health.status()["policy_hash"] == before
    assert not [event for event in health.events() if event["kind"] == "policy_applied"]


@not_dedicated("its policies give dom0 no role over vchan")
def test_changed_policy_is_applied(ecu):
    """A changed policy runs at once; entities that mean the same keep counters and status; nothing is restarted."""
    health = Health(ecu)
    health.set_mark()
    before, domids = health.status(), _domids(ecu)
    policy = _put(ecu, _changed(("limit: 15", "limit: 14"), ("timeout: 90s", "timeout: 80s")), "/tmp/policy.yaml")
    ecu.run(["xhmctl", "policy", "apply", policy], check=True)
    health.await_event("policy_applied", 10)
    after = health.status()
    assert after["policy_hash"] != before["policy_hash"]
    for name in ("fusion", "infotainment"):
        old, new = (next(it for it in status["partitions"] if it["name"] == name) for status in (before, after))
        assert new["status"] == "OK" and new["entities"][0]["status"] == "OK", new
        assert new["entities"][0]["alive_counter"] >= old["entities"][0]["alive_counter"] > 0, (old, new)
    health.await_ok()
    kept = [event for event in health.events() if event["kind"] == "local_status" and event["partition"] != "brake"]
    assert not kept, f"unchanged entities began anew: {kept}"
    health.expect_no_fault()
    health.expect_no_restart()
    assert _domids(ecu) == domids


def test_shown_policy_is_the_running_one(ecu):
    """`policy show` prints text that compiles to the very policy that runs."""
    running = Health(ecu).status()["policy_hash"]
    ecu.run("xhmctl policy show >/root/shown.yaml", check=True)
    checked = json.loads(ecu.run(["xhmctl", "--json", "policy", "check", "/root/shown.yaml"], check=True).stdout)
    assert checked["policy_hash"] == running, checked


# Peers ---------------------------------------------------------------------------------------------------------------


@alone("the lateness of the supervisor's cycles is measured")
@not_dedicated("its peers speak over the UNIX socket")
def test_hostile_peers_delay_no_cycle(ecu):
    """Malformed, oversized, slow, silent and deaf peers and a flood of requests: closed or bounded, and no late cycle."""
    health = Health(ecu)
    ecu.run(["systemctl", "restart", "xhmd"], check=True, timeout=60)  # its figures begin anew
    health.await_ok()
    health.set_mark()
    uptime, before = _figures(ecu)
    result = _hostile(ecu, "attack", "20", timeout=150)
    later, after = _figures(ecu)

    rate = (after["steps"] - before["steps"]) / (later - uptime)
    figures = (f"{rate:.2f} steps/s, worst lateness {after['worst_lateness_ns'] / 1e6:.0f} ms (before "
               f"{before['worst_lateness_ns'] / 1e6:.0f}), worst step {after['worst_step_ns'] / 1e6:.1f} ms; {result}")
    print(f"      {figures}")
    for kind in ("malformed", "oversized", "slow", "silent", "deaf"):
        assert result.get(f"{kind}_closed", 0) > 0 and not result.get(f"{kind}_open"), figures
    assert result["requests"] > 200, figures
    assert rate > 9.5, figures
    assert after["overruns"] == before["overruns"], figures
    assert after["worst_lateness_ns"] < 800e6, figures
    health.expect_no_fault()
    health.expect_no_restart()


def _figures(ecu) -> tuple[float, dict]:
    """dom0's uptime, and the status at that moment."""
    said = ecu.run("cat /proc/uptime; xhmctl --json status", check=True).stdout
    uptime, status = said.split("\n", 1)
    return float(uptime.split()[0]), json.loads(status)


@not_dedicated("its peers speak over the UNIX socket")
def test_slow_follower_is_told_what_it_missed(ecu):
    """A follower that does not read while thousands of events happen gets a gap with their numbers, and goes on."""
    health = Health(ecu)
    overruns = health.status()["overruns"]
    held_at_most = 1024
    result = _hostile(ecu, "slow-follower", "/etc/xhm/policy.xhm", str(held_at_most + 1000), timeout=240)
    assert result.get("contiguous") and len(result["gaps"]) >= 1, result
    assert result["events"] >= held_at_most, result
    health.await_ok()
    assert health.status()["overruns"] == overruns


@not_dedicated(OF_THE_PROCESS)
def test_stream_goes_on_over_a_restart_of_xhmd(ecu):
    """`events --follow` reconnects after a restart of xhmd and goes on where it was: each event once, in order."""
    health = Health(ecu)
    mark = health.set_mark()
    with ecu.start(["xhmctl", "--json", "events", "--follow", "--since", str(mark)]) as stream:
        ecu.run(["xl", "vcpu-pin", "fusion", "0", "3"], check=True)
        stream.wait_for('"vcpu_affinity"', 30)
        ecu.run("kill -9 $(pidof xhmd)", check=True)
        stream.wait_for('"supervisor_started"', 60)
        ecu.run(["xl", "vcpu-pin", "fusion", "0", "2"], check=True)
        health.await_ok()
        last = health.status()["last_sequence"]
        stream.wait_for(f'"sequence": ?{last},', 30)
        followed = [json.loads(line) for line in stream.seen]
    assert [event["sequence"] for event in followed] == list(range(mark + 1, last + 1)), followed
    assert [event["kind"] for event in followed] == [event["kind"] for event in health.events() if event["sequence"] <= last]
