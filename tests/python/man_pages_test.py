# SPDX-License-Identifier: Apache-2.0
"""Man pages say what --help says: the same commands and options, and the same defaults.

Usage: man_pages_test.py XHMCTL XHMD XHM_AGENT
"""
import pathlib
import re
import subprocess
import sys
import unittest

PROGRAMS = dict(zip(("xhmctl.1", "xhmd.8", "xhm-agent.8"), (sys.argv.pop(1) for _ in range(3))))
DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"


def help_of(page):
    return subprocess.run([PROGRAMS[page], "--help"], capture_output=True, text=True, timeout=30, check=True).stdout


class ManPages(unittest.TestCase):
    def test_options(self):
        for page in PROGRAMS:
            with self.subTest(page):
                described = re.findall(r"\n\.It Fl (?:[a-z] , )?-([a-z-]+)", (DOCS / page).read_text())
                self.assertEqual(sorted(described), sorted(set(described)), "described twice")
                self.assertEqual({f"--{name}" for name in described}, set(re.findall(r"(?<![\w-])--[a-z-]+", help_of(page))))

    def test_defaults(self):
        for page, count in ("xhmd.8", 4), ("xhm-agent.8", 3):
            with self.subTest(page):
                defaults = re.findall(r"\(default ([^\s;)]+)", help_of(page))
                self.assertEqual(len(defaults), count)
                for default in defaults:
                    self.assertRegex((DOCS / page).read_text(), rf"\nDefault:?\n?(?: |\.Pa )?{re.escape(default)}[ .;]")

    def test_commands_of_xhmctl(self):
        commands = re.findall(r"^  ([a-z][a-z -]*[a-z])(?: \[?[A-Z]+\]?)*  +\S", help_of("xhmctl.1"), re.M)
        self.assertGreaterEqual(len(commands), 20)
        for command in commands:
            self.assertRegex((DOCS / "xhmctl.1").read_text(), rf"\n\.It Cm {command}\b", f"command {command} is not described")

    def test_exit_statuses(self):
        for page, described in ("xhmctl.1", r"\n\.It {}\n"), ("xhmd.8", r"(?:\n|, ){} \w"):
            with self.subTest(page):
                statuses = re.search(r"Exit status: (.*)\.", help_of(page)).group(1).split(", ")
                self.assertGreaterEqual(len(statuses), 4)
                section = (DOCS / page).read_text().split(".Sh EXIT STATUS", 1)[1].split("\n.Sh", 1)[0]
                for status in statuses:
                    self.assertRegex(section, described.format(status[0]), f"exit status {status}")


if __name__ == "__main__":
    unittest.main()
