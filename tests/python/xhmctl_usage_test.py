# SPDX-License-Identifier: Apache-2.0
"""How xhmctl is called, and what it says when it cannot do what it is asked. Usage: xhmctl_usage_test.py XHMCTL"""
import subprocess
import unittest

from xhmctl_run import COCKPIT, XHMCTL, xhmctl


class Usage(unittest.TestCase):
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

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "w") as full:
            answer = subprocess.run([XHMCTL, "policy", "show", COCKPIT], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(answer.returncode, 2)
        self.assertIn(b"writing the output", answer.stderr)

    def test_help_of_one_command(self):
        text = xhmctl("policy", "compile", "--help").stdout
        self.assertIn("--output", text)
        self.assertNotIn("--since", text)

    def test_version(self):
        self.assertRegex(xhmctl("--version").stdout, r"^xhmctl \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main()
