# SPDX-License-Identifier: Apache-2.0
"""xhmctl beside a supervisor, as its users see it. Usage: xhmctl_test.py XHMCTL SERVER_HOST"""
import json
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import unittest

import xhm_api
from server_host import (BAD_TOKEN, CLUSTER, LATCHED, NOT_READY, NOTHING_TO_DO, OBSERVER, ServerHost)
from xhmctl_run import BAD, COCKPIT, XHMCTL, xhmctl

EXECUTABLE = sys.argv.pop(1)


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


if __name__ == "__main__":
    unittest.main()
