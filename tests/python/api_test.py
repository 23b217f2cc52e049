# SPDX-License-Identifier: Apache-2.0
"""The stock protobuf library against the real server: others can speak the API. Usage: api_test.py SERVER_HOST"""
import sys
import unittest

import xhm_api
from server_host import AGENT, OBSERVER, ServerHost
from xhm_api import Client, Disconnected, Refused, control, event, status

EXECUTABLE = sys.argv.pop(1)


class ApiTest(unittest.TestCase):
    def setUp(self):
        self.host = self.enterContext(ServerHost(EXECUTABLE))

    def connect(self, **options):
        return self.enterContext(Client(self.host.path, **options))

    def test_hello(self):
        greeting = self.connect().greeting
        self.assertEqual(greeting.api_version, 1)
        self.assertNotEqual(greeting.ecu_id, "")
        self.assertEqual(greeting.policy_hash, 0x1234)
        self.assertEqual(greeting.roles, 31)
        self.assertEqual(greeting.last_sequence, 100)
        self.assertEqual(len(greeting.boot_id), 36)

    def test_hello_of_another_version(self):
        client = self.connect(hello=False)
        with self.assertRaises(Refused) as refusal:
            client.hello("from the future", version=2)
        self.assertEqual(refusal.exception.reason, control.REFUSAL_VERSION)
        with self.assertRaises(Disconnected):
            client.receive()

    def test_hello_comes_first(self):
        client = self.connect(hello=False)
        with self.assertRaises(Refused) as refusal:
            client.status()
        self.assertEqual(refusal.exception.reason, control.REFUSAL_BAD_REQUEST)

    def test_status(self):
        client = self.connect()
        self.host.do("ok")
        seen = client.status()
        self.assertEqual(seen.status, status.STATUS_OK)
        self.assertEqual([partition.name for partition in seen.partitions], ["brake", "fusion", "infotainment"])
        self.host.do("failed")
        seen = client.status("fusion")
        self.assertEqual(seen.status, status.STATUS_FAILED)
        self.assertEqual([partition.name for partition in seen.partitions], ["fusion"])
        self.assertIsNone(seen.partitions[0].WhichOneof("instance"))
        with self.assertRaises(Refused) as refusal:
            client.status("nobody")
        self.assertEqual(refusal.exception.reason, control.REFUSAL_NOT_FOUND)

    def test_events(self):
        client = self.connect()
        for _ in range(3):
            self.host.do("event")
        listed = list(client.events(101))
        self.assertEqual([happened.sequence for happened in listed], [102, 103])
        self.assertEqual(listed[0].kind, event.EVENT_FAULT_RAISED)
        self.assertEqual(listed[0].fault_name, "entity_alive_low")
        self.assertEqual(listed[0].partition, "brake")
        self.assertEqual(list(listed[0].values), [8, 9])

    def test_gap(self):
        client = self.connect()
        self.host.do("event")
        gap, happened = client.events()
        self.assertEqual((gap.first_missing, gap.last_missing), (1, 100))
        self.assertEqual(happened.sequence, 101)

    def test_follow(self):
        stream = self.connect().follow(100)
        for sequence in range(101, 121):
            self.host.do("event")
            self.assertEqual(next(stream).sequence, sequence)

    def test_roles(self):
        self.host.do(f"roles {OBSERVER}")
        client = self.connect()
        with self.assertRaises(Refused) as refusal:
            client.call("restart", control.RestartRequest(partition="brake"))
        self.assertEqual(refusal.exception.reason, control.REFUSAL_NOT_PERMITTED)
        self.host.do(f"roles {AGENT}")
        with self.assertRaises(Refused):
            self.connect().status()

    def test_policy(self):
        shown = self.connect().call("policy_show", control.PolicyShowRequest()).policy
        self.assertEqual(shown.policy_hash, 0x1234)
        self.assertEqual(len(shown.policy.partitions), 3)

    def test_a_byte_at_a_time(self):
        client = self.connect()
        message = control.ClientMessage(request_id=900)
        message.status.SetInParent()
        encoded = message.SerializeToString()
        for byte in xhm_api.encode_varint(len(encoded)) + encoded:
            client.socket.send(bytes([byte]))
        self.assertEqual(client.receive().request_id, 900)


if __name__ == "__main__":
    unittest.main()
