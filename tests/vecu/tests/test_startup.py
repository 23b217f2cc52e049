"""What xhmd says when it cannot start on a real Xen."""

from lib.testing import not_dedicated

XHMD = ["xhmd", "--no-lock-memory", "--log", "stderr", "--socket", "/tmp/other.sock", "--fault-memory", "/tmp/other-memory"]


def _refused(ecu, *words: str) -> str:
    """Runs a second xhmd that must not start; returns what it says. The first one goes on."""
    before = ecu.run("pidof xhmd", check=True).stdout
    result = ecu.run([*words, *XHMD])
    assert result.status == 1, result
    assert ecu.run("pidof xhmd", check=True).stdout == before
    assert ecu.run(["xhmctl", "status"]).status == 0
    return result.stderr


@not_dedicated("it starts another xhmd beside the one in dom0")
def test_start_up_errors_name_their_cause(ecu):
    """Without privilege, and built for another interface version of Xen, xhmd says just that and exits with status 1."""
    said = _refused(ecu, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    assert "/dev/xen/privcmd" in said and "must run as root" in said, said
    said = _refused(ecu, "env", "LD_PRELOAD=/usr/lib/vecu/other_interface")
    assert "cannot read the domain list: Xen 4." in said and "refuses interface version" in said, said
