# SPDX-License-Identifier: Apache-2.0
"""What xhmctl does with policies in files, without a supervisor. Usage: xhmctl_policy_test.py XHMCTL"""
import json
import pathlib
import re
import sys
import tempfile
import unittest

from xhmctl_run import BAD, COCKPIT, ROOT, xhmctl

sys.path.insert(0, str(ROOT / "tests" / "vecu"))
from lib import schedulers  # noqa: E402 — the line above says where it is


class Files(unittest.TestCase):
    def test_policy_check(self):
        answer = xhmctl("policy", "check", COCKPIT)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertRegex(answer.stdout, r"policy [0-9a-f]{16} of ECU cockpit: 3 partitions")
        self.assertRegex(answer.stdout, r"\nPARTITION +CLASS +FDTI +FRTI +FHTI +ALLOCATED +RESTART\n")
        brake = json.loads(xhmctl("policy", "check", COCKPIT, "--json").stdout)["partitions"][0]
        self.assertEqual(sorted(brake["detection_ns"]),
                         ["deadline", "device", "entity", "load", "memory", "placement", "presence", "probe"])
        self.assertRegex(answer.stdout, r"\nLOST +WATCHED-BY +DETECTION +RESTART +NOTE\n")
        chain = json.loads(xhmctl("policy", "check", COCKPIT, "--json").stdout)["watchdog_chain"]
        self.assertEqual([link["detection_ns"] for link in chain if link["lost"] == "xhmd completes no step"], [10 ** 10])
        for name, timing in brake["timing"].items():
            self.assertEqual(timing and timing["fdti"]["total_ns"], brake["detection_ns"][name])
            for total in (timing["fdti"], timing["frti"]) if timing else ():
                self.assertEqual(total["total_ns"] is None, total["why_not"] is not None)
                if total["why_not"] is None:
                    self.assertEqual(total["total_ns"], sum(term["ns"] for term in total["terms"]))
                for term in total["terms"]:
                    self.assertEqual(term["ns"], term["times"] * term["each_ns"])

    def test_policy_too_slow(self):
        slow = BAD.with_name("fhti_too_long.yaml")
        expected = slow.with_suffix(".expected").read_text().splitlines()
        for command in (["check", slow], ["compile", slow, "-o", "/dev/null"], ["simulate", slow, "/dev/null"]):
            answer = xhmctl("policy", *command)
            self.assertEqual(answer.returncode, 5)
            self.assertEqual(answer.stderr.splitlines()[:-1], [f"{slow}:{line}" for line in expected])

    def test_policy_with_a_driver_domain_is_met_by_its_configurations(self):
        xl = ROOT / "policies" / "xl"
        policy = ROOT / "policies" / "cockpit-driver-domain.yaml"
        others = [xl / f"{name}.cfg" for name in ("brake", "fusion", "connectivity")]
        with tempfile.TemporaryDirectory() as folder:
            behind = pathlib.Path(folder) / "infotainment.cfg"
            behind.write_text((xl / "infotainment.cfg").read_text() + (xl / "driver-domain" / "infotainment.cfg").read_text())
            met = xhmctl("policy", "lint", policy, "--xl", *others, behind)
            self.assertEqual((met.returncode, met.stderr), (0, ""))
        unmet = xhmctl("policy", "lint", policy, "--xl", *others, xl / "infotainment.cfg")
        self.assertEqual(unmet.returncode, 5)
        self.assertIn("vif", unmet.stderr)

    def test_policy_check_shows_shares(self):
        def check(scheduler, *options):
            return xhmctl("policy", "check", ROOT / "policies" / "schedulers" / f"{scheduler}.yaml", *options).stdout
        self.assertRegex(check("rtds"), r"\nCPUPOOL +SCHEDULER +PCPUS +VCPUS +NEEDED +BOUND\n"
                                        r"partitions +rtds +1 +1 +80\.0% +100\.0%\n")
        self.assertRegex(check("null"), r"\npartitions +null +3 +1 +100\.0% +100\.0%\n")
        self.assertRegex(check("arinc653"), r"\npartitions +arinc653 +1 +2 +90\.0% +100\.0%\n")
        self.assertNotIn("CPUPOOL", check("credit2"))
        told = json.loads(check("rtds", "--json"))
        self.assertEqual(told["shares"][1], {"cpupool": "partitions", "scheduler": "rtds", "pcpus": "2", "vcpus": 1,
                                             "needed_billionths": 500_000_000, "bound_billionths": 1_000_000_000})
        self.assertEqual(told["supervisor_wait_ns"], 0)

    def test_policy_check_shows_the_wait_of_the_supervisor(self):
        policy = json.loads(xhmctl("--json", "policy", "show", ROOT / "policies" / "schedulers" / "rtds.yaml").stdout)
        policy["supervisor"].update(deployment="dedicated", last_resort="none")
        policy["platform"]["supervisor"] = "infotainment"
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(json.dumps(policy))
            file.flush()
            answer = xhmctl("policy", "check", file.name)
            self.assertEqual(answer.returncode, 0, answer.stderr)
            self.assertIn("\nIts own scheduler may keep the supervisor waiting for 12ms, in each sum above.\n", answer.stdout)
            self.assertIn("12ms  the supervisor waits for its server's budget (partitions[3].vcpus)\n", answer.stdout)

    def test_policy_diff(self):
        self.assertEqual(xhmctl("policy", "diff", COCKPIT, COCKPIT).stdout, "")
        with tempfile.TemporaryDirectory() as folder:
            other = pathlib.Path(folder) / "other.yaml"
            text = COCKPIT.read_text().replace("initial_mode: run", "initial_mode: startup")
            other.write_text(text.replace("    pause: fusion\n", "").replace("expected: 25", "expected: 26").replace("# ", "## "))
            compiled = pathlib.Path(folder) / "cockpit.xhm"
            self.assertEqual(xhmctl("policy", "compile", COCKPIT, "-o", compiled).returncode, 0)
            self.assertEqual(xhmctl("policy", "diff", COCKPIT, compiled).returncode, 0)
            answer = xhmctl("policy", "diff", compiled, other)
            self.assertEqual((answer.returncode, answer.stderr), (1, ""))
            self.assertEqual(answer.stdout.splitlines(), [
                "supervisor.initial_mode: run -> startup",
                "partitions[infotainment].entities[ui-heartbeat].alive.expected: 25 -> 26",
                "safe_states[limp-home].pause: removed, [fusion]"])
            told = json.loads(xhmctl("--json", "policy", "diff", other, compiled).stdout)
            self.assertEqual(told["differences"][2], {"path": "safe_states[limp-home].pause", "old": None, "new": "[fusion]"})
            self.assertNotEqual(told["old_hash"], told["new_hash"])
        self.assertEqual(xhmctl("policy", "diff", COCKPIT, BAD).returncode, 5)
        self.assertEqual(xhmctl("policy", "diff", BAD, COCKPIT).returncode, 5)
        self.assertEqual(xhmctl("--connect", "/nonexistent", "policy", "diff", COCKPIT).returncode, 3)

    def test_policy_refused(self):
        answer = xhmctl("policy", "check", BAD)
        self.assertEqual(answer.returncode, 5)
        expected = BAD.with_suffix(".expected").read_text().splitlines()
        self.assertEqual(answer.stderr.splitlines()[:-1], [f"{BAD}:{line}" for line in expected])
        self.assertTrue(answer.stderr.endswith(f"refused, {len(expected)} errors\n"))
        told = json.loads(xhmctl("--json", "policy", "check", BAD).stdout)
        self.assertFalse(told["sound"])
        self.assertEqual(len(told["errors"]), len(expected))

    def test_policy_compile(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            compiled, shown, again = folder / "a.xhm", folder / "b.yaml", folder / "c.xhm"
            self.assertEqual(xhmctl("policy", "compile", COCKPIT, "-o", compiled).returncode, 0)
            shown.write_text(xhmctl("policy", "show", compiled).stdout)
            self.assertEqual(xhmctl("policy", "compile", shown, "-o", again).returncode, 0)
            self.assertEqual(compiled.read_bytes(), again.read_bytes())
            self.assertEqual(xhmctl("policy", "compile", BAD, "-o", again).returncode, 5)
            self.assertEqual(compiled.read_bytes(), again.read_bytes())
            self.assertEqual(sorted(path.name for path in folder.iterdir()), ["a.xhm", "b.yaml", "c.xhm"])
            compiled.write_bytes(compiled.read_bytes()[:-1])
            cut = xhmctl("policy", "check", compiled)
            self.assertEqual(cut.returncode, 5)
            self.assertIn("length does not match", cut.stderr)
            self.assertEqual(xhmctl("policy", "compile", COCKPIT, "-o", folder / "no" / "x.xhm").returncode, 2)


class Configurations(unittest.TestCase):
    def test_policy_lint(self):
        good = [ROOT / "policies" / "xl" / f"{name}.cfg" for name in ("fusion", "infotainment", "brake")]
        met = xhmctl("policy", "lint", COCKPIT, "--xl", *good)
        self.assertEqual(met.returncode, 0, met.stderr)
        self.assertEqual(met.stderr, "")
        self.assertIn(":21:1: cpu_weight: not checked: ", met.stdout)
        self.assertIn(": met by 3 files, but for what is not checked\n", met.stdout)
        bad = ROOT / "tests" / "unit" / "bad_configurations"
        unmet = xhmctl("policy", "lint", "--xl", *good[:2], "--xl", bad / "brake_ballooning.cfg", "--", COCKPIT)
        self.assertEqual(unmet.returncode, 5)
        self.assertRegex(unmet.stderr, r"brake_ballooning\.cfg:5:1: maxmem: 512MiB: .*\n\S+: not met, 1 error\n$")
        unread = xhmctl("policy", "lint", COCKPIT, "--xl", bad / "brake_python.cfg", bad / "brake_pcpus_none.cfg")
        self.assertEqual(unread.returncode, 5)
        self.assertIn("brake_python.cfg:6: config parsing error", unread.stderr)
        self.assertIn("partition fusion: not checked: its file may be one that could not be read", unread.stdout)

    def test_policy_lint_as_json(self):
        bad = ROOT / "tests" / "unit" / "bad_configurations"
        answer = xhmctl("policy", "lint", bad / "policy.yaml", "--json", "--xl", bad / "extra_unpinned.cfg")
        self.assertEqual(answer.returncode, 5)
        told = json.loads(answer.stdout)
        self.assertFalse(told["met"])
        self.assertEqual([about["file"][-18:] for about in told["about"]], ["ations/policy.yaml", "extra_unpinned.cfg"])
        self.assertEqual(len(told["about"][1]["errors"]), 3)
        self.assertEqual(len(told["about"][1]["not_checked"]), 1)

    def test_policy_lint_usage(self):
        for words in (["lint", COCKPIT], ["lint", COCKPIT, "--xl"], ["lint", COCKPIT, "--xl", "/nonexistent"],
                      ["lint", COCKPIT, "--xl", ROOT], ["lint", COCKPIT, "--xl", *["x"] * 129],
                      ["check", COCKPIT, "--xl", "x"]):
            self.assertEqual(xhmctl("policy", *words).returncode, 2, words)
        self.assertEqual(xhmctl("policy", "lint", BAD, "--xl", "x").returncode, 5)

    def test_policy_emit_xl(self):
        policy = ROOT / "tests" / "unit" / "bad_configurations" / "policy.yaml"
        with tempfile.TemporaryDirectory() as folder:
            written = xhmctl("policy", "emit-xl", policy, "--directory", folder)
            self.assertEqual(written.returncode, 0, written.stderr)
            files = written.stdout.split()
            self.assertEqual(files, [f"{folder}/{name}.cfg" for name in ("brake", "fusion", "media", "tools", "radar", "driver")])
            self.assertIn("partition boot: not written: it has a fixed domid", written.stderr)
            self.assertEqual(xhmctl("policy", "lint", policy, "--xl", *files).returncode, 0)
            again = xhmctl("policy", "emit-xl", policy, "--directory", folder)
            self.assertEqual(again.returncode, 2)
            self.assertIn("brake.cfg: File exists", again.stderr)
        printed = xhmctl("policy", "emit-xl", COCKPIT)
        self.assertEqual(printed.returncode, 0)
        self.assertEqual(re.findall(r"^# ---- (.*)$", printed.stdout, re.M), ["brake.cfg", "fusion.cfg", "infotainment.cfg"])
        self.assertEqual(xhmctl("policy", "emit-xl", COCKPIT, "--directory", "/" + "x" * 4096).returncode, 2)
        self.assertEqual(xhmctl("policy", "emit-xl", BAD).returncode, 5)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as odd:
            odd.write(COCKPIT.read_text().replace("size: 96MiB", "size: 98305KiB"))
            odd.flush()
            refused = xhmctl("policy", "emit-xl", odd.name)
            self.assertEqual(refused.returncode, 5)
            self.assertIn("partition brake: not written: its memory is no whole number of MiB", refused.stderr)

    def policy_for(self, scheduler):
        """What the ECU of policies/xl/SCHEDULER declares."""
        policy = json.loads(xhmctl("--json", "policy", "show", COCKPIT).stdout)
        schedulers.declare(scheduler, policy)
        return json.dumps(policy)

    def test_policy_lint_and_emit_xl_under_every_scheduler(self):
        xl = ROOT / "policies" / "xl"
        for scheduler in schedulers.ALL:
            with self.subTest(scheduler), tempfile.TemporaryDirectory() as folder:
                policy = pathlib.Path(folder) / "policy.yaml"
                policy.write_text(self.policy_for(scheduler))
                examples = []
                for name in ("brake", "fusion", "infotainment"):
                    examples.append(pathlib.Path(folder) / f"example-{name}.cfg")
                    examples[-1].write_text((xl / f"{name}.cfg").read_text() + (xl / scheduler / f"{name}.cfg").read_text())
                met = xhmctl("policy", "lint", policy, "--xl", *examples)
                self.assertEqual((met.returncode, met.stderr), (0, ""))
                written = xhmctl("policy", "emit-xl", policy, "--directory", folder)
                self.assertEqual(written.returncode, 0, written.stderr)
                met = xhmctl("policy", "lint", policy, "--xl", *written.stdout.split())
                self.assertEqual((met.returncode, met.stderr), (0, ""))
                for other in set(schedulers.ALL) - {scheduler}:
                    policy.write_text(self.policy_for(other))
                    unmet = xhmctl("policy", "lint", policy, "--xl", *examples)
                    # null has no parameters: whatever names the cpupool and the right pCPUs is met there.
                    met_too = other == "null" and scheduler != "arinc653"
                    self.assertEqual(unmet.returncode, 0 if met_too else 5, f"{scheduler} under {other}")

    def test_policies_of_each_scheduler_are_met_by_its_configurations(self):
        xl = ROOT / "policies" / "xl"
        for scheduler in schedulers.ALL:
            with self.subTest(scheduler), tempfile.TemporaryDirectory() as folder:
                policy = ROOT / "policies" / "schedulers" / f"{scheduler}.yaml"
                examples = []
                for name in ("brake", "fusion", "infotainment"):
                    examples.append(pathlib.Path(folder) / f"{name}.cfg")
                    examples[-1].write_text((xl / f"{name}.cfg").read_text() + (xl / scheduler / f"{name}.cfg").read_text())
                met = xhmctl("policy", "lint", policy, "--xl", *examples)
                self.assertEqual((met.returncode, met.stderr), (0, ""))


class Simulation(unittest.TestCase):
    def simulate(self, text, *options):
        with tempfile.NamedTemporaryFile("w", suffix=".trace") as trace:
            trace.write(text)
            trace.flush()
            return xhmctl("policy", "simulate", COCKPIT, trace.name, *options)

    def test_policy_simulate(self):
        hang = "at 0s start all\nat 20s hang brake control-loop\nwithin 5s expect action stop brake\n"
        answer = self.simulate(hang)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertRegex(answer.stdout, r"\n +20\.000s \* hang brake control-loop\n")
        self.assertRegex(answer.stdout, r"\n +22\.300s brake +-> stop domid=1\n")
        told = [json.loads(line) for line in self.simulate(hang, "--json").stdout.splitlines()]
        self.assertIn({"time_ns": 20 * 10**9, "line": 2, "command": ["hang", "brake", "control-loop"]}, told)
        self.assertIn({"time_ns": 22300 * 10**6, "action": "stop", "partition": "brake", "domid": 1}, told)

        broken = self.simulate("at 0s start all\nwithin 9s expect fault brake entity_alive_low\n")
        self.assertEqual(broken.returncode, 1)
        self.assertRegex(broken.stderr, r"\.trace:2: at .*: expected, not seen: fault brake entity_alive_low\n")
        for mistake in ("at 1s\n", "at 0s explode brake\n", "at 0s hang brake nobody\n", "policy nobody limit 1\n",
                        "at 1s expect nonsense\n", "sometime\n"):
            wrong = self.simulate("at 0s start all\n" + mistake)
            self.assertEqual(wrong.returncode, 2, mistake)
            self.assertRegex(wrong.stderr, r"\.trace:2: ", mistake)
        self.assertEqual(xhmctl("policy", "simulate", COCKPIT, "/nonexistent.trace").returncode, 2)
        self.assertEqual(self.simulate("policy cycle 7ms\nat 1s nothing\n").returncode, 5)
        self.assertEqual(xhmctl("policy", "simulate", BAD, "/dev/null").returncode, 5)

    def test_traces_are_documented(self):
        page = (ROOT / "docs" / "traces.md").read_text()
        source = (ROOT / "client" / "simulation" / "sim_command.c").read_text()
        names = re.findall(r'^    \{"([a-z-]+)", [0-9], command_', source, re.M)
        self.assertGreater(len(names), 40)
        for name in names:
            self.assertRegex(page, rf"`{name}[ `]", f"command {name} is not in docs/traces.md")


if __name__ == "__main__":
    unittest.main()
