# SPDX-License-Identifier: Apache-2.0
"""The stock protobuf library against the real server: others can speak the API. Usage: api_test.py SERVER_HOST"""
import sys
import unittest

import xhm_api
from server_host import AGENT, BAD_TOKEN, CLUSTER, NOT_READY, OBSERVER, ServerHost
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
        self.assertEqual(greeting.roles, 63)
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

    def refusal(self, client, body, request):
        with self.assertRaises(Refused) as refusal:
            client.call(body, request)
        return refusal.exception

    def test_orders(self):
        client = self.connect()
        for body, request in (("restart", control.RestartRequest(partition="brake")),
                              ("fail_over", control.FailOverRequest(partition="brake")),
                              ("mode", control.ModeRequest(mode=status.MODE_SHUTDOWN)),
                              ("maintenance", control.MaintenanceRequest(partition="brake", duration_ms=600000)),
                              ("maintenance", control.MaintenanceRequest(partition="brake")),
                              ("operation_cycle", control.OperationCycleRequest(begin=True)),
                              ("operation_cycle", control.OperationCycleRequest()),
                              ("faults_clear", control.FaultsClearRequest(fault=0x0201, partition="brake"))):
            self.assertEqual(client.call(body, request).WhichOneof("body"), "accepted", body)
        self.host.do(f"answer {NOT_READY}")
        refusal = self.refusal(client, "fail_over", control.FailOverRequest(partition="brake"))
        self.assertEqual(refusal.reason, control.REFUSAL_NOT_AVAILABLE)
        self.assertIn("fail over of partition brake: its standby is not ready", str(refusal))
        self.assertEqual(self.refusal(client, "maintenance", control.MaintenanceRequest(
            partition="brake", duration_ms=86400001)).reason, control.REFUSAL_BAD_REQUEST)

    def test_a_cluster_enters_a_safe_state_and_is_answered_when_it_is_stored(self):
        self.host.do(f"roles {CLUSTER}")
        cluster, observer = self.connect(), self.connect()
        request_id = cluster.request("safe_state", control.SafeStateRequest(name="limp-home"))
        self.assertEqual(observer.status().partitions[0].name, "brake")
        self.host.do("stored 1")
        answer = cluster.receive()
        self.assertEqual((answer.request_id, answer.WhichOneof("body")), (request_id, "accepted"))
        self.assertEqual(self.refusal(cluster, "safe_state", control.SafeStateRequest(name="nowhere")).reason,
                         control.REFUSAL_NOT_FOUND)
        self.assertEqual(self.refusal(cluster, "safe_state_clear", control.SafeStateClearRequest()).reason,
                         control.REFUSAL_NOT_PERMITTED)
        self.host.do("degraded")
        refusal = self.refusal(cluster, "safe_state", control.SafeStateRequest(name="standstill"))
        self.assertEqual(refusal.reason, control.REFUSAL_NOT_AVAILABLE)
        self.assertIn("standstill is in force, but", str(refusal))

    def test_a_safe_state_is_left_in_two_steps(self):
        client = self.connect()
        tokens = {client.call("safe_state_clear", control.SafeStateClearRequest()).safe_state_clear.token
                  for _ in range(50)}
        self.assertEqual(len(tokens), 50)
        self.assertNotIn(0, tokens)
        self.host.do("stored 1000")
        confirm = control.SafeStateClearRequest(token=tokens.pop())
        self.assertEqual(client.call("safe_state_clear", confirm).WhichOneof("body"), "accepted")
        self.host.do(f"answer {BAD_TOKEN}")
        self.assertEqual(self.refusal(client, "safe_state_clear", confirm).reason, control.REFUSAL_BAD_REQUEST)

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
