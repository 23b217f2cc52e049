"""Who watches the watchdog: each link of the chain above the supervisor is lost, and the one above it brings it back."""

import json

from lib.configuration import PARTITIONS
from lib.errors import NotInTime
from lib.health import Health
from lib.testing import on

SUPERVISOR = "supervisor"
SAFE_STATE, STOPPED = "limp-home", "infotainment"  # fusion is paused in it
LOST, CREATED, GIVEN_UP = ("593c817667f54b86a6bbe6367a3891ce", "623eb9d2287b41b6aaeb860423ffb3c1",
                           "7287e69b5ded49cca42a85aa700419d0")
BACK = 150  # seconds until a new instance supervises: detection, xl create, start; the host may be busy
# Of the supervisor itself and its links, and of the tasks that a busy host keeps from their pCPUs.
NO_FALSE_ALARM = ("supervisor_overrun", "agent_absent", "deadline_misses")


def _recorded(ecu, kind: str) -> list[str]:
    """Sentences of the agent's journal, oldest first."""
    said = ecu.run(["journalctl", "-b", "-o", "json", f"MESSAGE_ID={kind}"], check=True).stdout
    return [json.loads(line)["MESSAGE"] for line in said.splitlines()]


def _await_recorded(ecu, kind: str, count: int, bound: float) -> str:
    ecu.wait_until(lambda: len(_recorded(ecu, kind)) >= count, bound, f"record {count} of the agent's with MESSAGE_ID {kind}")
    return _recorded(ecu, kind)[count - 1]


def _paused(ecu) -> set[str]:
    """Partitions that are paused, by Xen's account."""
    return {name for name, domain in ecu.domains().items() if "p" in domain.state and name in PARTITIONS}


class Chain:
    """An ECU before the loss of a link, to compare it with itself after."""

    def __init__(self, ecu):
        self.ecu = ecu
        self.health = Health(ecu)
        self.health.set_mark()
        self.domains = ecu.domains()
        self.created = len(_recorded(ecu, CREATED))

    def await_back(self, bound: float = BACK):
        """A new instance of the supervisor's domain supervises; partitions are the same; nothing was invented."""
        _await_recorded(self.ecu, CREATED, self.created + 1, bound)
        self.await_healthy(bound)
        now = self.ecu.domains()
        assert now[SUPERVISOR].domid != self.domains[SUPERVISOR].domid, now
        supervisors = [domain for domain in now.values() if domain.uuid == self.domains[SUPERVISOR].uuid]
        assert len(supervisors) == 1, supervisors

    def await_healthy(self, bound: float = BACK):
        """The supervisor answers, numbers its events on, and sees every partition well, with the domid that it had."""
        self.ecu.wait_until(self.answers, bound, "xhmd to answer")
        self.health.await_ok(bound)
        now = self.ecu.domains()
        changed = [name for name in PARTITIONS if now[name].domid != self.domains[name].domid]
        assert not changed, f"partitions that are not the same: {changed}"
        self.health.expect_no_restart()
        self.health.expect_no_fault(*NO_FALSE_ALARM)

    def answers(self) -> bool:
        try:
            return self.health.status()["last_sequence"] > self.health.mark
        except (AssertionError, NotInTime, ValueError):
            return False


@on("dedicated")
def test_destroyed_supervisor_is_created_again(ecu):
    """A destroyed supervisor's domain is created again by the agent, at most three times; the partitions go on and are taken over without a false alarm; when it is used up, that is said."""
    chain = Chain(ecu)
    ecu.run(["xl", "destroy", SUPERVISOR], check=True)
    chain.await_back()
    assert "is gone" in _await_recorded(ecu, LOST, 1, 1)

    for count in (2, 3):  # not awaited to be well: one that is destroyed as soon as it is there counts, too
        ecu.run(["xl", "destroy", SUPERVISOR], check=True)
        _await_recorded(ecu, CREATED, chain.created + count, BACK)
    ecu.run(["systemctl", "restart", "xhm-agent"], timeout=60, check=True)
    ecu.run(["xl", "destroy", SUPERVISOR], check=True)
    assert "3 times within 600 s" in _await_recorded(ecu, GIVEN_UP, 1, 30)
    assert SUPERVISOR not in ecu.domains()
    now = ecu.domains()
    assert all(now[name].domid == chain.domains[name].domid for name in PARTITIONS), now


def _order(ecu, word: str):
    """A word for the first program of the supervisor's domain, on that domain's console."""
    domid = ecu.domains()[SUPERVISOR].domid
    ecu.run(f"printf '{word}\\n' >$(xenstore-read /local/domain/{domid}/console/tty)", check=True)


def _await_said(ecu, sentence: str, times: int, bound: float):
    """The first program's own words."""
    ecu.wait_until(lambda: ecu.console(SUPERVISOR).count(sentence) >= times, bound, f"the supervisor's domain to say {sentence!r}")


@on("dedicated")
def test_xhmd_in_its_domain(ecu):
    """xhmd that stands still (SIGSTOP) is ended, and one that ended (SIGKILL) is started again, by the first program of its domain; the domain stays, the partitions go on, events are numbered on."""
    chain = Chain(ecu)
    starts = ecu.console(SUPERVISOR).count("xhmd is ready")
    _order(ecu, "stop")
    _await_said(ecu, "xhmd is silent and is ended", 1, 60)
    _await_said(ecu, "xhmd is ready", starts + 1, 90)
    chain.await_healthy()
    chain.health.set_mark()
    _order(ecu, "kill")
    _await_said(ecu, "xhmd is ready", starts + 2, 90)
    chain.await_healthy()
    assert ecu.domains()[SUPERVISOR].domid == chain.domains[SUPERVISOR].domid
    assert not _recorded(ecu, LOST)


def _occurrences(faults: list[dict]) -> dict[tuple[str, str], int]:
    return {(record["fault_name"], record["partition"]): record["occurrences"] for record in faults}


def _remember_a_fault(ecu, health: Health):
    """A vCPU where it must not be, and back: only reported, and in the fault memory."""
    hard = next(vcpu.hard for vcpu in ecu.vcpus() if vcpu.domain == "fusion")
    health.set_mark()
    ecu.run(["xl", "vcpu-pin", "fusion", "0", "0"], check=True)
    health.await_event("fault_raised", 30, "fusion", "vcpu_affinity")
    ecu.run(["xl", "vcpu-pin", "fusion", "0", hard], check=True)
    health.await_event("fault_cleared", 30, "fusion", "vcpu_affinity")
    health.await_ok(60)


@on("dedicated")
def test_supervisor_kernel_panics_in_a_safe_state(ecu):
    """A panic of the supervisor's kernel while a safe state is latched: the new instance has the latch, the fault memory and the numbering; nobody is restarted behind its back."""
    # sysrq is off in the domain's kernel: the new instance has it.
    ecu.run("sed -i 's/^extra *= *\"/&sysrq_always_enabled /' /etc/xhm/supervisor.cfg", check=True)
    chain = Chain(ecu)
    ecu.run(["xl", "destroy", SUPERVISOR], check=True)
    chain.await_back()
    _remember_a_fault(ecu, chain.health)
    chain = Chain(ecu)
    ecu.run(["xhmctl", "safe-state", "enter", SAFE_STATE], check=True)
    chain.health.await_event("safe_state_entered", 20)
    paused = _paused(ecu)
    faults = chain.health.faults()
    last = chain.health.status()["last_sequence"]

    ecu.run(["xl", "sysrq", SUPERVISOR, "c"], check=True)
    _await_recorded(ecu, CREATED, chain.created + 1, BACK)
    ecu.wait_until(chain.answers, BACK, "xhmd to answer")
    assert "has ended" in _recorded(ecu, LOST)[-1] or "is gone" in _recorded(ecu, LOST)[-1], _recorded(ecu, LOST)
    status = chain.health.status()
    assert status["safe_state"] and status["safe_state"]["name"] == SAFE_STATE, status["safe_state"]
    assert status["last_sequence"] > last, (status["last_sequence"], last)
    assert _paused(ecu) == paused, (_paused(ecu), paused)
    remembered = _occurrences(chain.health.faults())
    assert _occurrences(faults) and all(remembered.get(fault, 0) >= count for fault, count in _occurrences(faults).items()), (faults, remembered)
    now = ecu.domains()
    assert "s" in now[STOPPED].state and all(now[name].domid == chain.domains[name].domid for name in PARTITIONS), now


@on("dedicated")
def test_paused_supervisor_and_stopped_agent(ecu):
    """A paused supervisor's domain is ended by Xen's own watchdog, and with the agent stopped at the same time, systemd ends the agent; the next one finds the domain ended and creates it again."""
    chain = Chain(ecu)
    agent = ecu.run(["pidof", "xhm-agent"], check=True).stdout.strip()
    ecu.run(["kill", "-STOP", agent], check=True)
    ecu.run(["xl", "pause", SUPERVISOR], check=True)
    chain.await_back(BACK + 60)
    assert ecu.run(["pidof", "xhm-agent"], check=True).stdout.strip() != agent
    assert "has ended" in _recorded(ecu, LOST)[-1], _recorded(ecu, LOST)
