#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Peers of the control API that misbehave, for tests/vecu/tests/test_api.py; runs in dom0, with Python's library alone.

    hostile_peers.py attack SECONDS            all kinds of hostile peers at once; prints what became of them
    hostile_peers.py apply FILE                gives the bytes of FILE as a policy, whatever they are; prints the answer
    hostile_peers.py slow-follower FILE COUNT  follows without reading while FILE is applied COUNT times, then reads

Prints one line of JSON.
"""
import json
import os
import socket
import sys
import threading
import time

PATH = "/run/xhm/control.sock"
EVENTS, STATUS, APPLY = 4, 3, 8  # fields of ClientMessage
EVENT, GAP, REFUSED = 4, 5, 7  # of ServerMessage


def varint(number):
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(encoded) + bytes([number])


def field(number, content):
    """A field of a message: a number, or bytes."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def frame(body, content, request_id=1):
    message = field(1, request_id) + field(body, content)
    return varint(len(message)) + message


HELLO = frame(2, field(1, 1) + field(2, b"hostile"))


def read_varint(data, at):
    number, shift = 0, 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if byte < 0x80:
            return number, at


def fields(data):
    """The fields of a message by number; of repeated ones the last."""
    found, at = {}, 0
    while at < len(data):
        key, at = read_varint(data, at)
        value, at = read_varint(data, at)
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        found[key >> 3] = value
    return found


class Peer:
    def __init__(self, greet=True, bound=30):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(bound)
        self.socket.connect(PATH)
        self.reader = self.socket.makefile("rb")
        if greet:
            self.socket.sendall(HELLO)
            self.receive()

    def receive(self):
        """The fields of the next message; None when the supervisor closed the connection."""
        size, shift = 0, 0
        while True:
            byte = self.reader.read(1)
            if not byte:
                return None
            size |= (byte[0] & 0x7F) << shift
            shift += 7
            if byte[0] < 0x80:
                break
        data = self.reader.read(size)
        return fields(data) if len(data) == size else None

    def is_closed(self):
        """Whether the supervisor ends this connection, within the bound; what it says before is read."""
        try:
            while self.receive() is not None:
                pass
            return True
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def close(self):
        self.reader.close()
        self.socket.close()


class Attack:
    """Counts what became of hostile peers, by kind."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds
        self.results = {}
        self.lock = threading.Lock()

    def count(self, name, number=1):
        with self.lock:
            self.results[name] = self.results.get(name, 0) + number

    def repeat(self, act):
        while time.monotonic() < self.end:
            try:
                act()
            except (ConnectionError, TimeoutError, AttributeError):
                self.count("turned_away")
            time.sleep(0.05)

    def _sent_and_closed(self, name, data):
        peer = Peer()
        peer.socket.sendall(data)
        self.count(f"{name}_closed" if peer.is_closed() else f"{name}_open")
        peer.close()

    def malformed(self):
        noise = os.urandom(64)
        self._sent_and_closed("malformed", varint(len(noise)) + b"\x07" + noise[1:])

    def oversized(self):
        self._sent_and_closed("oversized", varint(1 << 30) + b"x" * 4096)

    def _closed_after(self, name, greet, trickle):
        start = time.monotonic()
        peer = Peer(greet)
        data = frame(STATUS, b"\x0a\x7f" + b"x" * 0x7F)
        for byte in data if trickle else b"":
            try:
                peer.socket.sendall(bytes([byte]))
            except ConnectionError:
                break
            time.sleep(0.5)
        self.count(f"{name}_closed" if peer.is_closed() else f"{name}_open")
        self.count(f"{name}_seconds", round(time.monotonic() - start))
        peer.close()

    def slow(self):
        self._closed_after("slow", greet=True, trickle=True)

    def silent(self):
        self._closed_after("silent", greet=False, trickle=False)

    def deaf(self):
        """Follows and asks, and never reads."""
        peer = Peer()
        peer.socket.settimeout(2)
        try:
            peer.socket.sendall(frame(EVENTS, field(2, 1)))
            while time.monotonic() < self.end:
                peer.socket.sendall(frame(STATUS, b"") * 50)
        except ConnectionError:
            self.count("deaf_closed")
        except TimeoutError:
            self.count("deaf_open")
        peer.close()

    def flood(self):
        peer, requests = Peer(), frame(STATUS, b"") * 20
        while time.monotonic() < self.end:
            peer.socket.sendall(requests)
            for _ in range(20):
                peer.receive()
            self.count("requests", 20)
        peer.close()


def attack(seconds):
    it = Attack(float(seconds))
    acts = [it.malformed, it.oversized, it.slow, it.silent, it.deaf, it.deaf, it.flood]
    threads = [threading.Thread(target=it.repeat, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return it.results


def answer_to(message):
    if message is None:
        return {"closed": True}
    if REFUSED in message:
        refusal = fields(message[REFUSED])
        return {"refused": refusal.get(1, 0), "message": refusal[2].decode()}
    return {"accepted": True}


def apply(path):
    with open(path, "rb") as file:
        compiled = file.read()
    peer = Peer()
    peer.socket.sendall(frame(APPLY, field(1, compiled)))
    return answer_to(peer.receive())


def slow_follower(path, count):
    with open(path, "rb") as file:
        request = frame(APPLY, field(1, file.read()))
    follower, operator = Peer(), Peer()
    follower.socket.sendall(frame(EVENTS, field(2, 1)))
    for _ in range(int(count)):
        operator.socket.sendall(request)
        answer = answer_to(operator.receive())
        if "accepted" not in answer:
            return answer
    last = fields(operator_status(operator))[5]
    return read_all(follower, last)


def operator_status(operator):
    time.sleep(1)  # so that the last events are recorded and told
    operator.socket.sendall(frame(STATUS, b""))
    return operator.receive()[3]


def read_all(follower, last):
    """Reads up to the event `last`: every number is there once, as an event or within a gap."""
    follower.socket.settimeout(10)
    result, following = {"events": 0, "gaps": [], "contiguous": True}, None
    while following is None or following <= last:
        message = follower.receive()
        if EVENT in message:
            first = end = fields(message[EVENT])[1]
            result["events"] += 1
        elif GAP in message:
            gap = fields(message[GAP])
            first, end = gap[1], gap[2]
            result["gaps"].append([first, end])
        else:
            continue
        result["contiguous"] = result["contiguous"] and following in (None, first)
        following = end + 1
    return result


COMMANDS = {"attack": attack, "apply": apply, "slow-follower": slow_follower}

if __name__ == "__main__":
    print(json.dumps(COMMANDS[sys.argv[1]](*sys.argv[2:])))
