# SPDX-License-Identifier: Apache-2.0
"""Runs server_host for a test."""
import subprocess

OBSERVER, OPERATOR, RIG, AGENT, CLUSTER = 1, 2, 4, 8, 16

# enum xhm_order_answer
ACCEPTED, UNDER_WAY, IMPOSSIBLE, LATCHED, BAD_TOKEN, NOT_READY, NOTHING_TO_DO = 1, 2, 4, 5, 8, 10, 11


class ServerHost:
    """The real server with a played core, as a context manager; `path` is its socket."""

    def __init__(self, executable):
        self.process = subprocess.Popen([executable], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.path = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.stdin.close()
        assert self.process.wait(timeout=10) == 0
        self.process.stdout.close()

    def do(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        assert answer == "done", f"{command}: {answer}"
