# SPDX-License-Identifier: Apache-2.0
"""Runs xhmctl for its tests: the first argument of each is the executable."""
import os
import pathlib
import subprocess
import sys

XHMCTL = sys.argv.pop(1)
ROOT = pathlib.Path(__file__).resolve().parents[2]
COCKPIT = ROOT / "policies" / "cockpit.yaml"
BAD = ROOT / "tests" / "unit" / "bad_policies" / "many_at_once.yaml"


def xhmctl(*arguments, environment=None):
    return subprocess.run([XHMCTL, *map(str, arguments)], capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
