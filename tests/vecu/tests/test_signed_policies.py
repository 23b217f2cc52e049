# Covers: XHM-SIGNED-1
"""Signed policies on a real Xen: what is refused at start and from peers, and what a restart of xhmd does not forget."""

import json

from lib import policies
from lib.health import Health
from lib.testing import not_dedicated

REFUSED = 5
FOLDER = "/root/signed"
DROP_IN = "/run/systemd/system/xhmd.service.d/signed.conf"
OPTIONS = f"--realtime-priority 50 --policy-key {FOLDER}/key.pub --ecu cockpit"


def _sign(ecu, version: int, key: str = "key", to: str = policies.INSTALLED):
    ecu.run(["xhmctl", "policy", "sign", policies.FILE, "--key", f"{FOLDER}/{key}", "--policy-version", str(version), "-o", to],
            check=True)


def _require_signatures(ecu):
    ecu.run(["sh", "-c", f"mkdir -p $(dirname {DROP_IN}) && cat >{DROP_IN} && systemctl daemon-reload && systemctl restart xhmd"],
            stdin=f"[Service]\nExecStart=\nExecStart=/usr/sbin/xhmd {OPTIONS}\n".encode(), check=True, timeout=60)


def _apply(ecu, path: str) -> str:
    """The refusal's sentence, empty when the policy was taken."""
    result = ecu.run(["xhmctl", "policy", "apply", path])
    assert result.status in (0, REFUSED), result
    return "" if result.status == 0 else result.stderr


@not_dedicated("xhmd's options are fixed in the supervisor's domain")
def test_only_what_was_signed_is_taken(ecu):
    """With --policy-key unsigned, foreign, altered and older policies are refused and recorded, after a restart of xhmd too."""
    health = Health(ecu)
    policies.write(ecu, lambda policy: None)
    ecu.run(["mkdir", "-p", FOLDER], check=True)
    for key in ("key", "other"):
        ecu.run(["xhmctl", "policy", "keygen", "-o", f"{FOLDER}/{key}"], check=True)
    _sign(ecu, 3)
    health.set_mark()
    _require_signatures(ecu)
    health.await_event("supervisor_started", 30)
    health.await_ok()

    _sign(ecu, 4, key="other", to=f"{FOLDER}/foreign.xhm")
    _sign(ecu, 2, to=f"{FOLDER}/older.xhm")
    assert "not signed" in _apply(ecu, policies.FILE)
    assert "not trusted" in _apply(ecu, f"{FOLDER}/foreign.xhm")
    assert "older" in _apply(ecu, f"{FOLDER}/older.xhm")
    refused = [event["reason"] for event in health.events() if event["kind"] == "policy_refused"]
    assert refused == ["unsigned", "foreign_key", "older"], refused

    _sign(ecu, 5, to=f"{FOLDER}/newer.xhm")
    assert _apply(ecu, f"{FOLDER}/newer.xhm") == ""
    ecu.run("kill -9 $(pidof xhmd)", check=True)  # the file that it loads is of version 3
    ecu.wait_until(lambda: "older than one" in ecu.run("journalctl -u xhmd -o cat -n 20").stdout, 60,
                   "a start with an older policy to be refused")
    ecu.run(["cp", f"{FOLDER}/newer.xhm", policies.INSTALLED], check=True)
    ecu.wait_until(lambda: ecu.run(["xhmctl", "status"]).status in (0, 1), 60, "xhmd to be back with the newer policy")
    assert any(event["kind"] == "policy_refused" and event["reason"] == "older" and event["uid"] is None
               for event in health.events()), health.events()
    assert "older" in _apply(ecu, f"{FOLDER}/older.xhm")
    assert json.loads(ecu.run(["xhmctl", "--json", "policy", "check", policies.INSTALLED], check=True).stdout)["policy_version"] == 5
    health.await_ok()
