# SPDX-License-Identifier: Apache-2.0
"""xhmctl as its users see it. Usage: xhmctl_test.py XHMCTL SERVER_HOST"""
import json
import os
import pathlib
import pty
import re
import subprocess
import sys
import tempfile
import unittest

import xhm_api
from server_host import (BAD_TOKEN, CLUSTER, LATCHED, NOT_READY, NOTHING_TO_DO, OBSERVER, ServerHost)

XHMCTL, EXECUTABLE = sys.argv.pop(1), sys.argv.pop(1)
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "vecu"))
from lib import schedulers  # noqa: E402 — the line above says where it is

COCKPIT = ROOT / "policies" / "cockpit.yaml"
BAD = ROOT / "tests" / "unit" / "bad_policies" / "many_at_once.yaml"


def xhmctl(*arguments, environment=None):
    return subprocess.run([XHMCTL, *map(str, arguments)], capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})


class WithServer(unittest.TestCase):
    def setUp(self):
        self.host = self.enterContext(ServerHost(EXECUTABLE))

    def ask(self, *arguments, status=0):
        answer = xhmctl("--connect", self.host.path, *arguments)
        self.assertEqual(answer.returncode, status, answer.stdout + answer.stderr)
        return answer

    def ask_json(self, *arguments, status=0):
        return json.loads(self.ask("--json", *arguments, status=status).stdout)

    def test_status(self):
        self.host.do("failed")
        self.assertIn("FAILED", self.ask("status", status=1).stdout)
        self.host.do("ok")
        shown = self.ask("status").stdout
        self.assertRegex(shown, r"^ECU \S+: OK, mode run, policy 0000000000001234, agent absent, last event 100\n")
        self.assertRegex(shown, r"\nPARTITION +STATUS +LIFE +DOMID +MEMORY +LOAD +RESTARTS +FAULTS +NOTES\nbrake ")
        self.assertNotIn("\033", shown)

    def test_status_of_one_partition(self):
        self.host.do("ok")
        shown = self.ask("status", "fusion").stdout
        self.assertIn("\nfusion ", shown)
        self.assertNotIn("\nbrake ", shown)
        self.assertRegex(shown, r"\nENTITY +STATUS +ALIVE +DEADLINES-MET +MISSED +LAST-LATENCY +WORST-LATENCY\ncontrol-loop ")
        self.assertIn("vCPU 0 was not looked at yet", shown)
        self.assertIn("nobody", self.ask("status", "nobody", status=2).stderr)

    def test_status_json(self):
        self.host.do("ok")
        shown = self.ask_json("status")
        self.assertEqual(shown["status"], "OK")
        self.assertEqual(shown["policy_hash"], "0000000000001234")
        self.assertEqual([partition["name"] for partition in shown["partitions"]], ["brake", "fusion", "infotainment"])
        self.assertIsNone(shown["partitions"][0]["domid"])
        self.assertEqual(shown["partitions"][0]["entities"][0]["name"], "control-loop")

    def test_conformance(self):
        self.host.do("verdict 1")
        lines = self.ask("conformance").stdout.splitlines()
        self.assertRegex(lines[0], r"^CHECK +PARTITION +SUBJECT +VERDICT +AGE$")
        self.assertRegex(lines[1], r"^vcpu_affinity +brake +vCPU 0 +conforms +1\.250s$")
        self.assertEqual(len(lines), 2)
        self.assertIn("vCPU 0", self.ask("conformance", "brake").stdout)
        self.assertIn("declares nothing", self.ask("conformance", "fusion").stdout)
        self.assertIn("nobody", self.ask("conformance", "nobody", status=2).stderr)

    def test_only_what_conforms_is_fine(self):
        for number, verdict in (2, "deviates"), (3, "unknown"), (4, "not available"), (5, "not applicable"):
            self.host.do(f"verdict {number}")
            self.assertIn(f" {verdict} ", self.ask("conformance", status=1).stdout)
            shown = self.ask_json("conformance", status=1)
            self.assertIs(shown["conforms"], False)
            self.assertEqual(shown["checks"], [{"check": "vcpu_affinity", "partition": "brake", "subject": "vCPU 0",
                                                "verdict": verdict, "age_ms": None if number == 3 else 1250}])
        self.host.do("verdict 1")
        self.assertIs(self.ask_json("conformance")["conforms"], True)

    def agent(self):
        """A played agent that tells what it is asked for, until its connection ends."""
        facts = xhm_api.BINDINGS["agent"]
        known, lacking = facts.AVAILABILITY_KNOWN, facts.AVAILABILITY_NOT_AVAILABLE
        client = self.enterContext(xhm_api.Client(self.host.path))
        client.call("agent_heartbeat", facts.AgentHeartbeat())
        uuids = [bytes(16), *(bytes([0x10 + number]) * 16 for number in range(3))]
        domains = [facts.DomainFacts(domid=domid, uuid=uuid, pod=lacking, devices=known, assigned=known, cache=lacking,
                                     bandwidth=lacking) for domid, uuid in enumerate(uuids)]
        pool = facts.CpupoolFacts(id=0, name="Pool-0", scheduler=6, pcpus=range(4), schedule=lacking)
        client.call("facts", facts.Facts(
            host=facts.HostFacts(availability=known, xen_version=4 << 16 | 17, command_line="sched=credit2 iommu=1",
                                 capabilities=7, pcpus_online=4, free_memory_kib=5000, scheduler=6),
            cpupools=known, cpupool=[pool], domains=known, domain=domains))

    def test_derive(self):
        self.host.do("running")
        self.agent()
        with tempfile.TemporaryDirectory() as folder:
            derived = f"{folder}/derived.yaml"
            self.assertEqual(self.ask("policy", "derive", "-o", derived).stdout, "")
            text = pathlib.Path(derived).read_text()
            self.assertRegex(text, r"\A# Derived from the running ECU cockpit-1 under policy 0000000000001234")
            self.assertIn("\n  # No partition named this domain, which is domain 0 now: give it a name, entities and "
                          "reactions.\n  - name: dom0\n", text)
            self.assertIn("required: \"sched=credit2\"", text)
            self.assertIn("# 5000KiB of the host's memory are free", text)
            self.assertIn("sound", xhmctl("policy", "check", derived).stdout)
            self.assertEqual(self.ask("policy", "derive").stdout, text)
            self.ask("policy", "apply", derived)
            names = [partition["name"] for partition in self.ask_json("policy", "derive")["partitions"]]
            self.assertEqual(names, ["brake", "fusion", "infotainment", "dom0"])

    def test_events(self):
        self.host.do("event")
        self.host.do("event")
        lines = self.ask("events", "--since", "100").stdout.splitlines()
        self.assertEqual(lines[0], "101 1970-01-01T00:00:00.000Z fault_raised brake - entity_alive_low domid=3 "
                                   "v0=8 v1=9")
        self.assertEqual(len(lines), 2)
        self.assertEqual(self.ask("events").stdout.splitlines()[0], "100 - gap - - - first=1 last=100")
        self.assertEqual(self.ask("events", "--since=102").stdout, "")

    def test_positions_in_the_policy_are_told_by_name(self):
        self.host.do("named event")
        self.assertIn("fail_over_begun brake - - replaces=fusion uid=none\n", self.ask("events", "--since", "100").stdout)
        event = json.loads(self.ask("--json", "events", "--since", "100").stdout)
        self.assertEqual((event["replaces"], event["uid"], event["values"]), ("fusion", None, [1, 4294967295]))

    def test_events_json(self):
        self.host.do("event")
        lines = [json.loads(line) for line in self.ask("--json", "events").stdout.splitlines()]
        self.assertEqual(lines[0], {"sequence": 100, "kind": "gap", "first_missing": 1, "last_missing": 100})
        self.assertEqual(lines[1]["sequence"], 101)
        self.assertEqual(lines[1]["fault_name"], "entity_alive_low")
        self.assertEqual(lines[1]["domid"], 3)
        self.assertEqual(lines[1]["values"], [8, 9])

    def test_events_follow(self):
        command = [XHMCTL, "--connect", self.host.path, "events", "--follow", "--since", "100"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as follower:
            for sequence in range(101, 111):
                self.host.do("event")
                self.assertTrue(follower.stdout.readline().startswith(f"{sequence} "))
            follower.terminate()

    def test_faults(self):
        self.assertIn("empty", self.ask("faults").stdout)
        self.assertEqual(self.ask_json("faults")["records"], [])
        self.host.do("faults 2")
        shown = self.ask("faults").stdout
        self.assertRegex(shown, r"^FAULT +DTC +PARTITION +ENTITY +ACTIVE +TIMES +INJECTED +FIRST-SEQ ")
        self.assertEqual(len(shown.splitlines()), 3)

    def test_one_fault(self):
        unknown = self.ask("faults", "show", "entity_logical").stdout
        self.assertIn("entity_logical (0x0205), class entity: checkpoints came in an order", unknown)
        self.assertIn("no record of it", unknown)
        self.host.do("faults 1")
        shown = self.ask("faults", "show", "0x0201").stdout
        self.assertIn("entity_alive_low (0x0201), class entity: too few alive indications", shown)
        self.assertIn("\nbrake/control-loop: ACTIVE, occurred 1 times, 1 of them while a fault was injected\n", shown)
        self.assertIn("0x2f: testFailed, testFailedThisOperationCycle, pendingDTC, confirmedDTC, "
                      "testFailedSinceLastClear\n", shown)
        self.assertIn("12.345678s after the ECU's boot, policy 0000000000001234, domid=3, indications=5, "
                      "elapsed_ns=100000000\n", shown)
        self.assertRegex(shown, r"\n +first +event 10, ")
        self.assertRegex(shown, r"\n +DTC +0xc10001\n")
        shown = self.ask_json("faults", "show", "entity_alive_low")
        self.assertEqual((shown["fault"], shown["class"], len(shown["records"])), (0x0201, "entity", 1))
        self.assertEqual(shown["records"][0]["dtc"], "0xc10001")
        self.assertEqual(shown["records"][0]["freeze_frame"], {
            "monotonic_ns": 12345678901, "policy_hash": "0000000000001234", "domid": 3, "values": [5, 100000000]})
        self.assertEqual(self.ask_json("faults", "show", "entity_logical")["records"], [])
        self.ask("faults", "show", "0x7777", status=2)
        self.ask("faults", "show", "lightning", status=2)

    def test_faults_clear(self):
        self.assertIn("removed", self.ask("faults", "clear").stdout)
        self.assertTrue(self.ask_json("faults", "clear", "entity_alive_low", "--partition", "brake")["accepted"])
        self.ask("faults", "clear", "--partition", "nobody", status=2)
        self.ask("faults", "clear", "lightning", status=2)

    def test_orders(self):
        self.assertIn("accepted", self.ask("restart", "brake").stdout)
        self.assertTrue(self.ask_json("restart", "brake")["accepted"])
        self.ask("restart", "nobody", status=2)
        self.assertIn("agent", self.ask("inject", "hang", "brake", "--for", "10s", status=1).stderr)
        self.ask("inject", "clear")

    def test_fail_over(self):
        self.assertEqual(self.ask("fail-over", "brake").stdout, "fail over of brake accepted\n")
        self.host.do(f"answer {NOT_READY}")
        self.assertIn("its standby is not ready", self.ask("fail-over", "brake", status=1).stderr)
        self.ask("fail-over", "nobody", status=2)

    def test_mode(self):
        self.assertEqual(self.ask("mode").stdout, "run\n")
        self.assertEqual(self.ask_json("mode"), {"mode": "run"})
        self.assertEqual(self.ask("mode", "shutdown").stdout, "the ECU is in mode shutdown now\n")
        self.host.do(f"answer {NOTHING_TO_DO}")
        self.assertIn("in this mode already", self.ask("mode", "shutdown", status=1).stderr)
        self.ask("mode", "sleep", status=2)

    def test_maintenance(self):
        self.assertEqual(self.ask("maintenance", "brake", "--for", "10m").stdout, "maintenance of brake for 10m\n")
        self.assertEqual(self.ask("maintenance", "brake", "--end").stdout, "maintenance of brake ended\n")
        self.assertIn("24 hours", self.ask("maintenance", "brake", "--for", "25h", status=2).stderr)
        self.ask("maintenance", "nobody", "--end", status=2)

    def test_operation_cycle(self):
        self.ask("operation-cycle", "begin")
        self.assertTrue(self.ask_json("operation-cycle", "end")["accepted"])
        self.host.do(f"answer {NOTHING_TO_DO}")
        self.assertIn("none is open", self.ask("operation-cycle", "end", status=1).stderr)

    def test_safe_state(self):
        self.assertEqual(self.ask("safe-state").stdout, "no safe state is latched\n")
        self.assertEqual(self.ask_json("safe-state"), {"safe_state": None})
        self.host.do("stored 1000")
        self.host.do(f"roles {CLUSTER}")
        self.assertEqual(self.ask("safe-state", "enter", "limp-home").stdout,
                         "safe state limp-home is in force and on storage\n")
        self.ask("safe-state", "enter", "nowhere", status=2)
        self.ask("safe-state", "clear", status=4)
        self.host.do("degraded")
        self.host.do("stored 0")
        self.assertIn("is in force, but", self.ask("safe-state", "enter", "limp-home", status=1).stderr)

    def test_a_latched_safe_state_is_seen_at_once(self):
        self.host.do("ok")
        self.host.do("latch 1")
        shown = self.ask("status", status=1).stdout
        self.assertEqual(shown.splitlines()[1], "SAFE STATE limp-home is in force, latched, BUT NOT YET ON STORAGE")
        self.host.do("stored 1000")
        line = "SAFE STATE limp-home is in force, latched on storage"
        self.assertEqual(self.ask("status", status=1).stdout.splitlines()[1], line)
        self.assertEqual(self.ask("safe-state", status=1).stdout, line + "\n")
        self.assertEqual(self.ask_json("safe-state", status=1),
                         {"safe_state": {"name": "limp-home", "stored": True, "clear_asked": False}})
        self.assertIn("limp-home is still in force", self.ask("safe-state", "clear").stdout)
        self.assertEqual(self.ask_json("safe-state", "clear")["safe_state"], "limp-home")

    def test_safe_state_clear(self):
        self.host.do("stored 1000")
        command = self.ask("safe-state", "clear").stdout.splitlines()[-1]
        self.assertRegex(command, r"^xhmctl safe-state clear --confirm [0-9a-f]{16}$")
        self.assertEqual(self.ask(*command.split()[1:]).stdout, "the safe state was left\n")
        self.assertRegex(self.ask_json("safe-state", "clear")["token"], "^[0-9a-f]{16}$")
        self.host.do(f"answer {BAD_TOKEN}")
        self.assertIn("30 seconds", self.ask("safe-state", "clear", "--confirm", "12ab", status=2).stderr)
        self.host.do(f"answer {LATCHED}")
        self.assertIn("behind its back", self.ask("restart", "brake", status=1).stderr)

    def test_not_permitted(self):
        self.host.do(f"roles {OBSERVER}")
        for command in (["fail-over", "brake"], ["mode", "run"], ["maintenance", "brake", "--end"],
                        ["safe-state", "enter", "limp-home"], ["safe-state", "clear"],
                        ["safe-state", "clear", "--confirm", "1"], ["operation-cycle", "begin"], ["faults", "clear"]):
            self.ask(*command, status=4)
        self.ask("restart", "brake", status=4)
        self.ask("inject", "hang", "brake", status=4)
        self.ask("policy", "apply", COCKPIT, status=4)
        self.host.do("roles 0")
        self.ask("status", status=4)
        self.ask("events", "--follow", status=4)

    def test_policy_apply(self):
        self.assertRegex(self.ask("policy", "apply", COCKPIT).stdout, "^policy [0-9a-f]{16} is the running one now\n$")
        self.host.do("bad")
        self.assertIn("the policy is bad in this way", self.ask("policy", "apply", COCKPIT, status=5).stderr)
        self.ask("policy", "apply", BAD, status=5)

    def test_policy_show(self):
        with tempfile.TemporaryDirectory() as folder:
            text = self.ask("policy", "show").stdout
            path = pathlib.Path(folder) / "running.yaml"
            path.write_text(text)
            again = xhmctl("policy", "show", path).stdout
            self.assertEqual(text.splitlines()[1:], again.splitlines()[1:])
        self.assertEqual(self.ask_json("policy", "show")["partitions"][0]["name"], "brake")

    def test_policy_diff_from_the_running_one(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "running.yaml"
            path.write_text(self.ask("policy", "show").stdout)
            self.assertEqual(self.ask("policy", "diff", path).stdout, "")
            path.write_text(path.read_text().replace("name: brake\n", "name: brakes\n"))
            told = self.ask("policy", "diff", path, status=1).stdout
            self.assertIn("partitions[brake]: removed\n", told)
            self.assertIn("partitions[brakes]: added\n", told)

    def test_colour_on_terminals_only(self):
        self.host.do("ok")
        for variables, coloured in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False),
                                    ({"TERM": "dumb"}, False)):
            main, side = pty.openpty()
            environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
            subprocess.run([XHMCTL, "--connect", self.host.path, "status"], stdout=side, check=True,
                           env={**environment, **variables})
            os.close(side)
            self.assertEqual("\033[32mOK\033[0m" in os.read(main, 65536).decode(), coloured, variables)
            os.close(main)


class WithoutServer(unittest.TestCase):
    def test_no_daemon(self):
        for command in (["status"], ["events"], ["events", "--follow"], ["faults"], ["policy", "show"],
                        ["restart", "brake"], ["inject", "hang", "brake"], ["policy", "apply", COCKPIT], ["mode"],
                        ["fail-over", "brake"], ["maintenance", "brake", "--end"], ["safe-state"],
                        ["safe-state", "clear"], ["operation-cycle", "end"], ["faults", "show", "0x0201"]):
            answer = xhmctl("--connect", "/nonexistent/socket", *command)
            self.assertEqual(answer.returncode, 3, command)
            self.assertIn("/nonexistent/socket: No such file or directory", answer.stderr)

    def test_usage(self):
        for command in ([], ["stats"], ["status", "a", "b"], ["--jsn"], ["policy"], ["policy", "chek", "x"],
                        ["policy", "compile", COCKPIT], ["events", "--since"], ["events", "--since", "x"],
                        ["status", "--follow"], ["inject", "hang"], ["inject", "lightning", "brake"],
                        ["inject", "overrun", "brake"], ["inject", "hang", "brake", "--for", "10"], ["maintenance", "brake"],
                        ["maintenance", "brake", "--for", "1s", "--end"], ["mode", "run", "--for", "1s"],
                        ["safe-state", "entr", "x"], ["safe-state", "enter"], ["operation-cycle"],
                        ["safe-state", "clear", "--confirm", "x"], ["safe-state", "clear", "--confirm", "0"],
                        ["faults", "shw"], ["policy", "check", "/nonexistent.yaml"],
                        ["--json=yes", "status"], ["--connect", "a", "--connect", "b", "status"]):
            answer = xhmctl(*command)
            self.assertEqual(answer.returncode, 2, command)
            self.assertRegex(answer.stderr, "^xhmctl: ")
        self.assertIn('did you mean "policy check"', xhmctl("policy", "chek", "x").stderr)

    def test_policy_check(self):
        answer = xhmctl("policy", "check", COCKPIT)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertRegex(answer.stdout, r"policy [0-9a-f]{16} of ECU cockpit: 3 partitions")
        self.assertRegex(answer.stdout, r"\nPARTITION +CLASS +FDTI +FRTI +FHTI +ALLOCATED +RESTART\n")
        brake = json.loads(xhmctl("policy", "check", COCKPIT, "--json").stdout)["partitions"][0]
        self.assertEqual(sorted(brake["detection_ns"]),
                         ["deadline", "device", "entity", "load", "memory", "placement", "presence", "probe"])
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

    def simulate(self, text, *options):
        with tempfile.NamedTemporaryFile("w", suffix=".trace") as trace:
            trace.write(text)
            trace.flush()
            return xhmctl("policy", "simulate", COCKPIT, trace.name, *options)

    def test_policy_lint(self):
        good = sorted((ROOT / "policies" / "xl").glob("[!b]*.cfg")) + [ROOT / "policies" / "xl" / "brake.cfg"]
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

    def test_policy_lint_usage(self):
        for words in (["lint", COCKPIT], ["lint", COCKPIT, "--xl"], ["lint", COCKPIT, "--xl", "/nonexistent"],
                      ["lint", COCKPIT, "--xl", ROOT], ["lint", COCKPIT, "--xl", *["x"] * 129],
                      ["check", COCKPIT, "--xl", "x"]):
            self.assertEqual(xhmctl("policy", *words).returncode, 2, words)
        self.assertEqual(xhmctl("policy", "lint", BAD, "--xl", "x").returncode, 5)

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

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "w") as full:
            answer = subprocess.run([XHMCTL, "policy", "show", COCKPIT], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(answer.returncode, 2)
        self.assertIn(b"writing the output", answer.stderr)

    def test_man_page_says_what_help_says(self):
        page = (ROOT / "docs" / "xhmctl.1").read_text()
        text = xhmctl("--help").stdout
        commands = re.findall(r"^  ([a-z][a-z -]*[a-z])(?: \[?[A-Z]+\]?)*  +\S", text, re.M)
        options = set(re.findall(r"(--[a-z]+)", text))
        self.assertGreaterEqual(len(commands), 20)
        self.assertGreaterEqual(len(options), 12)
        for command in commands:
            self.assertRegex(page, rf"\n\.It Cm {command}\b", f"command {command} is not in the man page")
        described = set(re.findall(r"\n\.It Fl (?:[a-z] , )?-([a-z]+)", page))
        self.assertEqual({f"--{name}" for name in described}, options)
        for status in re.search(r"Exit status: (.*)\.", text).group(1).split(", "):
            self.assertRegex(page, rf"\n\.It {status[0]}\n", f"exit status {status} is not in the man page")

    def test_help_of_one_command(self):
        text = xhmctl("policy", "compile", "--help").stdout
        self.assertIn("--output", text)
        self.assertNotIn("--since", text)

    def test_version(self):
        self.assertRegex(xhmctl("--version").stdout, r"^xhmctl \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main()
