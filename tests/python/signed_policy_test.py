# SPDX-License-Identifier: Apache-2.0
"""Signing with xhmctl, and what xhmd does at start with what is not signed as it should be. Covers: XHM-SIGNED-1

Usage: signed_policy_test.py XHMCTL XHMD. Needs no Xen: a policy that is refused is refused before Xen is asked.
"""
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest

XHMCTL, XHMD = sys.argv.pop(1), sys.argv.pop(1)
COCKPIT = pathlib.Path(__file__).resolve().parents[2] / "policies" / "cockpit.yaml"
ECU = "cockpit"


def run(*arguments):
    return subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL)


class Signed(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.key = self.folder / "key"
        self.policy = self.folder / "policy.xhm"
        self.succeed("policy", "keygen", "-o", self.key)

    def succeed(self, *arguments):
        answer = run(XHMCTL, *arguments)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return answer

    def sign(self, version=5, key=None, source=COCKPIT):
        self.succeed("policy", "sign", source, "--key", key or self.key, "--policy-version", version, "-o", self.policy)

    def fail(self, status, *arguments):
        answer = run(XHMCTL, *arguments)
        self.assertEqual(answer.returncode, status, answer.stdout + answer.stderr)
        return answer.stderr

    def start(self, *options):
        """xhmd, and what it recorded and told of itself."""
        log = self.folder / "log"
        log.unlink(missing_ok=True)
        answer = run(XHMD, "--policy", self.policy, "--fault-memory", self.folder / "memory", "--log", f"file:{log}",
                     "--socket", self.folder / "socket", "--no-lock-memory", *options)
        return answer, log.read_text() if log.exists() else ""

    def refuse(self, reason, sentence, ecu=ECU):
        answer, log = self.start("--policy-key", f"{self.key}.pub", "--ecu", ecu)
        self.assertEqual(answer.returncode, 1, answer.stderr)
        self.assertIn(sentence, answer.stderr)
        self.assertIn(f"policy_refused reason={reason} uid=none", log)

    def test_a_secret_key_is_readable_by_its_owner_only_and_never_replaced(self):
        before = self.key.read_bytes()
        self.assertEqual(stat.S_IMODE(self.key.stat().st_mode), 0o600)
        self.assertIn("exists", self.fail(2, "policy", "keygen", "-o", self.key))
        self.assertEqual(self.key.read_bytes(), before)
        other = self.folder / "other"
        other.write_text("mine")
        self.assertIn("exists", self.fail(2, "policy", "keygen", "-o", other))
        self.assertFalse(pathlib.Path(f"{other}.pub").exists())

    def test_keygen_and_sign_say_what_they_need(self):
        self.assertIn("-o FILE", self.fail(2, "policy", "keygen"))
        self.assertIn("--policy-version", self.fail(2, "policy", "sign", COCKPIT, "--key", self.key, "-o", self.policy))
        for version in ("0", "-1", "five", ""):
            self.assertIn("--policy-version", self.fail(2, "policy", "sign", COCKPIT, "--key", self.key,
                                                        "--policy-version", version, "-o", self.policy))
        self.assertIn("no secret key", self.fail(2, "policy", "sign", COCKPIT, "--key", f"{self.key}.pub",
                                                 "--policy-version", 1, "-o", self.policy))
        self.assertIn("/nowhere", self.fail(2, "policy", "sign", COCKPIT, "--key", "/nowhere", "--policy-version", 1,
                                            "-o", self.policy))
        bad = COCKPIT.parents[1] / "tests/unit/bad_policies/many_at_once.yaml"
        self.fail(5, "policy", "sign", bad, "--key", self.key, "--policy-version", 1, "-o", self.policy)
        self.assertFalse(self.policy.exists())

    def test_a_signed_policy_is_a_policy_file(self):
        plain = self.folder / "plain.xhm"
        self.succeed("policy", "compile", COCKPIT, "-o", plain)
        self.sign()
        self.assertIn("signed as version 5", self.succeed("policy", "check", self.policy).stdout)
        self.assertNotIn("signed", self.succeed("policy", "check", plain).stdout)
        self.assertEqual(self.succeed("policy", "show", self.policy).stdout, self.succeed("policy", "show", plain).stdout)
        once = self.policy.read_bytes()
        self.sign(6, source=self.policy)
        twice = self.policy.read_bytes()
        self.assertEqual(len(once), len(twice))
        self.assertEqual(once[32:-64], plain.read_bytes())
        self.assertEqual(twice[32:-64], plain.read_bytes())
        self.policy.write_bytes(twice[:-1])
        self.assertIn("cut off", self.fail(5, "policy", "check", self.policy))

    def test_unsigned(self):
        self.succeed("policy", "compile", COCKPIT, "-o", self.policy)
        self.refuse("unsigned", "it is not signed")

    def test_altered(self):
        self.sign()
        content = bytearray(self.policy.read_bytes())
        content[100] ^= 1
        self.policy.write_bytes(content)
        self.refuse("altered", "not what was signed")

    def test_foreign_key(self):
        other = self.folder / "other"
        self.succeed("policy", "keygen", "-o", other)
        self.sign(key=other)
        self.refuse("foreign_key", "a key that is not trusted")

    def test_cut_off(self):
        self.sign()
        self.policy.write_bytes(self.policy.read_bytes()[:-1])
        self.refuse("bad_envelope", "cut off")

    def test_other_ecu(self):
        self.sign()
        self.refuse("other_ecu", "for another ECU", ecu="another")

    def test_unsound(self):
        self.policy.write_text("no policy")
        self.refuse("unsigned", "it is not signed")
        self.policy.unlink()
        self.refuse("unsound", "No such file")

    def test_refusals_stay_recorded(self):
        self.succeed("policy", "compile", COCKPIT, "-o", self.policy)
        self.refuse("unsigned", "it is not signed")
        _, log = self.start("--policy-key", f"{self.key}.pub", "--ecu", ECU)
        self.assertRegex(log, r"Z 2 ECU: policy_refused")

    def test_wrong_usage(self):
        for options in (["--policy-key", f"{self.key}.pub"], ["--ecu", ECU]):
            answer, _ = self.start(*options)
            self.assertEqual(answer.returncode, 2)
            self.assertIn("together", answer.stderr)
        answer, _ = self.start("--ecu", "x" * 32, "--policy-key", f"{self.key}.pub")
        self.assertEqual(answer.returncode, 2)
        answer, _ = self.start(*["--policy-key", f"{self.key}.pub"] * 9, "--ecu", ECU)
        self.assertEqual(answer.returncode, 2)
        for path in (self.key, "/nowhere"):
            answer, _ = self.start("--policy-key", path, "--ecu", ECU)
            self.assertEqual(answer.returncode, 1)
            self.assertIn(f"policy key {path}", answer.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
