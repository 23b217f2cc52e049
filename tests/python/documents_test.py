# SPDX-License-Identifier: Apache-2.0
"""Documents name what there is: every link leads to a file, every path that is named exists, nothing is left of a merge.

Usage: documents_test.py
"""
import glob
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("client", "daemon", "docs", "policies", "probes", "proto", "tests")
DOCUMENTS = sorted([ROOT / "README.md", *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])
MADE = {"policies/cockpit.xhm", "tests/bench/loop_host", "tests/model/table.pml"}  # by the build
PATH = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./*\[\]-]*)`")


class Documents(unittest.TestCase):
    def test_links_lead_to_files(self):
        links = [(page, link) for page in DOCUMENTS for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
                 if not re.match(r"[a-z]+:", link)]
        self.assertGreater(len(links), 50)
        self.assertEqual([f"{page.relative_to(ROOT)}: {link}" for page, link in links if not (page.parent / link).exists()], [])

    def test_paths_exist(self):
        named = [(page, path) for page in DOCUMENTS for path in PATH.findall(page.read_text())]
        self.assertGreater(len(named), 50)
        self.assertEqual([f"{page.relative_to(ROOT)}: {path}" for page, path in named
                          if path not in MADE and not any(glob.glob(str(folder / path)) for folder in (ROOT, page.parent))], [])

    def test_nothing_is_left_of_a_merge(self):
        for page in [*DOCUMENTS, *(ROOT / "docs").iterdir()]:
            left = re.search(r"^(<{7}|={7}|>{7})( .*)?$", page.read_text(), re.M)
            self.assertIsNone(left, page.relative_to(ROOT))


if __name__ == "__main__":
    unittest.main()
