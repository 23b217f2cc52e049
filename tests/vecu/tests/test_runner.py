"""The virtual ECU itself: what every other test builds upon."""

import contextlib
import dataclasses
import hashlib
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from lib import configuration as configurations, paths
from lib.configuration import PARTITIONS
from lib.ecu import Ecu
from lib.errors import NotInTime, VecuError
from lib.plan import Plan
from lib.testing import not_started, on

DECLARED = {"brake": ("b4a4e000-0000-4000-8000-000000000001", 96, "1"),
            "fusion": ("f0510000-0000-4000-8000-000000000002", 96, "2"),
            "infotainment": ("1f0a0000-0000-4000-8000-000000000003", 128, "3")}


@on("bare")
def test_partitions_run_as_declared(ecu):
    """A real Xen runs dom0 and three partitions, with the declared identity, memory and hard affinity."""
    domains = ecu.domains()
    assert set(domains) == {"Domain-0", *PARTITIONS}, sorted(domains)
    for name, (uuid, memory, _) in DECLARED.items():
        assert (domains[name].uuid, domains[name].memory_mib, domains[name].vcpus) == (uuid, memory, 1), domains[name]
    affinity = {vcpu.domain: vcpu.hard for vcpu in ecu.vcpus()}
    assert affinity == {"Domain-0": "0", **{name: pcpu for name, (_, _, pcpu) in DECLARED.items()}}, affinity


@on("bare")
def test_exec_passes_status_and_output(ecu):
    """exec returns exit status, standard output and standard error, each for itself; a signal is 128 + its number."""
    result = ecu.run("echo out; echo err >&2; exit 42")
    assert (result.stdout, result.stderr, result.status) == ("out\n", "err\n", 42), result
    assert ecu.run("kill -9 $$").status == 128 + signal.SIGKILL
    large = ecu.run("head -c 3000000 /dev/zero | tr '\\0' 'x'")
    assert large.stdout == "x" * 3000000, f"{len(large.stdout)} bytes"
    assert ecu.run(["printf", "%s|", "a b", "", "$HOME", "ü"]).stdout == "a b||$HOME|ü|"


@on("bare")
def test_exec_names_what_cannot_be_run(ecu):
    """A command that does not exist, or does not end within its bound, is a failure that names it."""
    try:
        ecu.run(["no-such-program"])
    except VecuError as error:
        assert "no-such-program" in str(error) and "No such file" in str(error), error
    else:
        raise AssertionError("running a program that does not exist was no failure")
    try:
        ecu.run("echo before; sleep 60", timeout=2)
    except NotInTime as error:
        assert "sleep 60" in str(error) and "before" in str(error), error
    else:
        raise AssertionError("a command that outlives its bound was no failure")
    ecu.wait_until(lambda: "sleep 60" not in ecu.run("ps ax").stdout, 10, "the command whose bound was over is killed")


@on("bare")
def test_exec_passes_standard_input(ecu):
    """Bytes given to a command arrive as they are, whatever they are, and their end is seen."""
    data = bytes(range(256)) * 4096
    result = ecu.run("sha256sum", stdin=data)
    assert result.stdout.split()[0] == hashlib.sha256(data).hexdigest(), result


@on("bare")
def test_exec_streams(ecu):
    """Output of a command arrives while it runs, several run beside each other, and each can be signalled."""
    with ecu.start("trap 'echo bye; exit 3' TERM; i=0; while :; do i=$((i+1)); echo $i; read -t 0.2 x </dev/zero; done") as first, \
            ecu.start(["cat"]) as second:
        assert first.next_line(10) == "1"
        first.wait_for("^3$", 20)
        second.write(b"hello\n")
        assert second.next_line(10) == "hello"
        second.end_input()
        assert second.wait(10) == 0
        first.signal(signal.SIGTERM)
        first.wait_for("^bye$", 10)
        assert first.wait(10) == 3


@on("bare")
def test_command_line_passes_everything(ecu):
    """`vecu exec` and `vecu push` pass input, both outputs and the status; nothing of a quick command is lost."""
    def vecu(*words, **options):
        return subprocess.run([paths.VECU / "vecu", "--name", ecu.name, *words], capture_output=True, timeout=60, **options)

    for _ in range(10):
        result = vecu("exec", "sh", "-c", "echo out; echo err >&2; exit 9", stdin=subprocess.DEVNULL)
        assert (result.stdout, result.stderr, result.returncode) == (b"out\n", b"err\n", 9), result
    result = vecu("exec", "--in", "fusion", "cat", input=b"through two channels\n")
    assert (result.stdout, result.returncode) == (b"through two channels\n", 0), result
    assert vecu("push", paths.VECU / "vecu", "/tmp/pushed").returncode == 0
    assert vecu("exec", "cat", "/tmp/pushed").stdout == (paths.VECU / "vecu").read_bytes()
    assert "init: brake is up" in vecu("console", "brake").stdout.decode()
    result = vecu("exec", "no-such-program")
    assert result.returncode == 125 and b"no-such-program" in result.stderr, result


@on("bare")
def test_push_round_trip(ecu):
    """A pushed file arrives complete, with its permissions, and replaces one that is being executed."""
    with tempfile.NamedTemporaryFile() as file:
        content = bytes(range(256)) * 20000
        file.write(content)
        file.flush()
        Path(file.name).chmod(0o751)
        ecu.push(file.name, "/opt/new/folder/file")
    seen = ecu.run("sha256sum /opt/new/folder/file; stat -c %a /opt/new/folder/file").stdout.split()
    assert seen[0] == hashlib.sha256(content).hexdigest() and seen[2] == "751", seen
    ecu.run("cp /bin/sleep /opt/program", check=True)
    with ecu.start(["/opt/program", "60"]):
        ecu.push(Path(configurations.__file__), "/opt/program")


@on("bare")
def test_exec_in_partitions(ecu):
    """Commands run in each partition, also after dom0's end of the channel was killed, and never show on its console."""
    for name in PARTITIONS:
        result = ecu.run("hostname; echo err >&2; exit 5", in_domain=name)
        assert (result.stdout, result.stderr, result.status) == (f"{name}\n", "err\n", 5), result
        assert "init: " + name + " is up" in ecu.console(name)
    data = bytes(range(256)) * 512
    assert ecu.run("sha256sum", in_domain="brake", stdin=data).stdout.split()[0] == hashlib.sha256(data).hexdigest()
    stream = ecu.start(["sleep", "1000"], in_domain="brake")
    assert "sleep 1000" in ecu.run("ps", in_domain="brake").stdout
    stream.close()
    ecu.wait_until(lambda: "sleep 1000" not in ecu.run("ps", in_domain="brake").stdout, 20, "the abandoned command is killed")
    assert "sleep" not in ecu.console("brake")


@on("bare")
def test_exec_in_a_partition_that_dies(ecu):
    """A command whose partition crashes ends at once with a failure that says so, and leaves no zombie domain behind."""
    before = ecu.domains()["brake"].domid
    try:
        ecu.run("echo c >/proc/sysrq-trigger", in_domain="brake", timeout=60)
    except NotInTime:
        raise
    except VecuError as error:
        assert f"domain {before} was destroyed" in str(error), error
    else:
        raise AssertionError("a command in a partition that crashed ended well")
    ecu.wait_until(lambda: len(ecu.domains()) == len(PARTITIONS), 10, "no entry of the crashed partition is left")


@on("bare")
def test_partition_can_be_created_again(ecu):
    """A destroyed partition created from its file is a new domain that answers; all on_* settings are destroy."""
    before = ecu.domains()["fusion"]
    with contextlib.suppress(VecuError):  # the command dies with its partition
        ecu.run("echo c >/proc/sysrq-trigger", in_domain="fusion")
    ecu.wait_until(lambda: "fusion" not in ecu.domains(), 30, "the crashed partition is taken away, and not restarted")
    ecu.run(["xl", "create", "/etc/xhm/partitions/fusion.cfg"], check=True)
    after = ecu.domains()["fusion"]
    assert after.uuid == before.uuid and after.domid > before.domid, (before, after)
    assert ecu.run(["hostname"], in_domain="fusion").stdout == "fusion\n"


@on("bare")
def test_restored_copies_are_independent(ecu):
    """Two copies of one snapshot, one after the other, know nothing of each other and start at the same moment."""
    other = Ecu(ecu.name + "-other")
    uptime = float(ecu.run(["cat", "/proc/uptime"]).stdout.split()[0])
    ecu.run("echo changed >/etc/hostname; xl destroy brake; echo 1 >/root/left-behind", check=True)
    ecu.down()
    other.restore(configurations.BARE)
    try:
        assert "brake" in other.domains()
        assert other.run("cat /etc/hostname; ls /root").stdout == "ecu\n"
        seen = float(other.run(["cat", "/proc/uptime"]).stdout.split()[0])
        assert abs(seen - uptime) < 20, f"uptime {seen} s after {uptime} s"
    finally:
        other.down()


@not_started
def test_missing_source_skips_what_needs_it(ecu):
    """Without Xen's source package the tests on that hypervisor are skipped, each with the reason, and none is passed or failed."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "apt.conf"
        empty.write_text(f'Dir::Etc::SourceList "/dev/null";\nDir::Etc::SourceParts "{folder}/none";\n')
        result = subprocess.run([paths.VECU / "vecu", "test", "test_rtds", "test_null"], capture_output=True, text=True, timeout=120,
                                env={**os.environ, "APT_CONFIG": str(empty), "XHM_CACHE": folder, "XDG_RUNTIME_DIR": folder})
    assert re.fullmatch(r"(skip +test_\w+ .*\n +the source package of Xen cannot be had: .*no package source for Debian.*\n){2}"
                        r"0 passed, 0 failed, 2 skipped\n", result.stdout), result


@not_started
def test_boot_that_hangs_is_reported(ecu):
    """A dom0 that never comes up is a failure within the bound, with the last console lines; nothing is left running."""
    bound = 20
    broken = dataclasses.replace(configurations.BARE, kernel_arguments="systemd.unit=emergency.target", boot_bound=bound)
    start = time.monotonic()
    try:
        ecu.boot(broken)
    except NotInTime as error:
        assert "last console lines" in str(error).lower() and "(XEN)" in str(error), error
    else:
        raise AssertionError("a dom0 that stops in emergency mode came up")
    assert time.monotonic() - start < bound + 15, f"reported after {time.monotonic() - start:.1f} s"
    assert not ecu.machine.running()


@not_started
def test_power_off_is_reported(ecu):
    """A machine that ends while it boots is reported at once, not after the bound."""
    broken = dataclasses.replace(configurations.BARE, xen_arguments="dom0_mem=16M,max:16M")
    start = time.monotonic()
    try:
        ecu.boot(broken)
    except VecuError as error:
        assert not isinstance(error, NotInTime) and "QEMU has ended" in str(error), error
    else:
        raise AssertionError("a dom0 with 16 MiB came up")
    assert time.monotonic() - start < 60


@not_started
def test_order_of_tests_and_boots(ecu):
    """Boots are ahead of the tests that need them, one at a time; a boot that fails takes only its own tests."""
    del ecu

    def make(name: str, configuration):
        def test():
            raise AssertionError("only planned")
        test.__name__, test.configuration = name, configuration
        return test

    first, second, third = configurations.DEFAULT, configurations.BARE, configurations.WITH_STANDBY
    tests = [make("a1", first), make("b1", second), make("a2", first), make("c1", third), make("own", None)]
    plan = Plan(tests, [first, second])

    def next_tests(number: int) -> list[str]:
        return [test.__name__ for test in (plan.next_test() for _ in range(number)) if test]

    assert plan.next_boot() == first and plan.next_boot() is None
    assert next_tests(2) == ["own", "c1"]
    assert plan.next_test() is None and plan.next_boot() is None, "nothing to run, and no boot beside another"
    plan.booted(first)
    assert next_tests(3) == ["a1", "a2"]
    assert plan.next_boot() == second
    assert [test.__name__ for test in plan.drop(second)] == ["b1"]
    assert plan.next_test() is None and plan.next_boot() is None
