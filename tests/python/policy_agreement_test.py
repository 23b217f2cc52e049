# SPDX-License-Identifier: Apache-2.0
"""The example policies and the partitions' own files declare the same. Usage: policy_agreement_test.py XHMCTL

xl's files are read as the assignments that they are; the policy as xhmctl shows it.
"""
import ast
import json
import pathlib
import re
import subprocess
import sys
import unittest

XHMCTL = sys.argv.pop(1)
POLICIES = pathlib.Path(__file__).resolve().parents[2] / "policies"
UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}
UNITS_MIB = {"MiB": 1, "GiB": 1024}


def read_quantity(text, units):
    number, unit = re.fullmatch(r"(\d+)(\w+)", text).groups()
    return int(number) * units[unit]


def read_xl(path):
    return {assignment.targets[0].id: ast.literal_eval(assignment.value)
            for assignment in ast.parse(path.read_text()).body}


class AgreementTest(unittest.TestCase):
    def setUp(self):
        self.partitions = [partition for path in sorted(POLICIES.glob("*.yaml")) for partition in self.show(path)]
        self.files = {path.stem: read_xl(path) for path in sorted((POLICIES / "xl").glob("*.cfg"))}

    @staticmethod
    def show(policy):
        shown = subprocess.run([XHMCTL, "--json", "policy", "show", policy], check=True, capture_output=True)
        return json.loads(shown.stdout)["partitions"]

    def each(self):
        for partition in self.partitions:
            with self.subTest(partition["name"]):
                yield partition, self.files[partition["name"]]

    def test_same_partitions(self):
        self.assertEqual({partition["name"] for partition in self.partitions}, set(self.files))

    def test_identity(self):
        for partition, xl in self.each():
            self.assertEqual(partition["name"], xl["name"])
            self.assertEqual(partition["identity"]["uuid"], xl["uuid"])

    def test_memory(self):
        for partition, xl in self.each():
            self.assertEqual(read_quantity(partition["memory"]["size"], UNITS_MIB), xl["memory"])
            self.assertEqual(xl["memory"], xl["maxmem"])

    def test_vcpus(self):
        for partition, xl in self.each():
            self.assertEqual(len(partition["vcpus"]), xl["vcpus"])
            for vcpu in partition["vcpus"]:
                self.assertEqual(vcpu["pcpus"], xl["cpus"])

    def test_xl_never_recreates(self):
        """Architecture, rule 6: one owner starts partitions, and that is the agent."""
        for _, xl in self.each():
            for end in ("poweroff", "reboot", "crash", "watchdog", "soft_reset"):
                self.assertEqual(xl[f"on_{end}"], "destroy")

    def test_entities(self):
        """The tasks that the partition runs report as often as the policy expects."""
        for partition, xl in self.each():
            task = re.search(r'xhm\.task="([^"]*)"', xl["extra"]).group(1)
            self.assertIn(f"--partition-id {partition['id']} ", task)
            declared = {(entity["id"], entity["name"]): entity for entity in partition["entities"]}
            run = re.findall(r"--entity (\d+):([^:]+):(\d+):", task)
            self.assertEqual({(int(number), name) for number, name, _ in run}, set(declared))
            for number, name, period_ms in run:
                alive = declared[int(number), name]["alive"]
                reference_ms = read_quantity(alive["reference_cycle"], UNITS_MS)
                self.assertEqual(alive["expected"], reference_ms // int(period_ms))

    def test_checkpoints(self):
        """What is declared of checkpoints is about those that the task reports: one at the start, one at the end."""
        source = (POLICIES.parent / "probes" / "linux" / "xhm_rt_task.c").read_text()
        reported = {int(number) for number in re.findall(r"#define CHECKPOINT_\w+\s+(\d+)u", source)}
        self.assertEqual(len(reported), 2)
        for partition, xl in self.each():
            periods_ms = {int(number): int(period) for number, period in
                          re.findall(r"--entity (\d+):[^:]+:(\d+):", xl["extra"])}
            for entity in partition["entities"]:
                logical = entity.get("logical", {})
                graph = {*logical.get("initial", []), *logical.get("finals", [])}
                graph |= {end for transition in logical.get("transitions", []) for end in transition.values()}
                timed = {deadline[end] for deadline in entity.get("deadlines", []) for end in ("from", "to")}
                self.assertIn(graph, (set(), reported))
                self.assertLessEqual(timed, reported)
                self.assertGreaterEqual(entity["checkpoints_per_second"], len(reported) * 1000 / periods_ms[entity["id"]])


if __name__ == "__main__":
    unittest.main()
