#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A client of xhmd's control API with nothing but the stock protobuf library.

Frames are varint-delimited messages, as in protobuf's own delimited streams: ClientMessage to the supervisor,
ServerMessage back. The first message is Hello; every request has an id that its answer carries.
"""
import importlib
import pathlib
import socket
import subprocess
import sys
import tempfile

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
API_VERSION = 1
MAX_FRAME_SIZE = 320 * 1024


def load_bindings():
    """Generates the Python bindings of proto/*.proto in a temporary folder and imports them."""
    with tempfile.TemporaryDirectory(prefix="xhm-api-") as folder:
        sources = sorted(PROTO.glob("*.proto"))
        subprocess.run(["protoc", f"--proto_path={PROTO}", f"--python_out={folder}", *map(str, sources)], check=True)
        sys.path.insert(0, folder)
        try:
            names = ("agent", "control", "event", "policy", "status")
            return {name: importlib.import_module(f"{name}_pb2") for name in names}
        finally:
            sys.path.remove(folder)


BINDINGS = load_bindings()
control = BINDINGS["control"]
event = BINDINGS["event"]
status = BINDINGS["status"]


class Refused(Exception):
    """The supervisor refuses a request; `reason` is a RefusalReason."""

    def __init__(self, refusal):
        super().__init__(refusal.message)
        self.reason = refusal.reason


class Disconnected(Exception):
    """The supervisor closed the connection."""


def encode_varint(number):
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


class Client:
    """One connection. Used as a context manager it is closed at the end."""

    def __init__(self, path, name="xhm_api.py", timeout_s=10, hello=True):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout_s)
        self.socket.connect(str(path))
        self.received = bytearray()
        self.next_id = 1
        self.greeting = None
        if hello:
            self.greeting = self.hello(name)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.socket.close()

    def send(self, message):
        encoded = message.SerializeToString()
        self.socket.sendall(encode_varint(len(encoded)) + encoded)

    def _take(self, size):
        while len(self.received) < size:
            received = self.socket.recv(65536)
            if not received:
                raise Disconnected("the supervisor closed the connection")
            self.received += received
        taken = bytes(self.received[:size])
        del self.received[:size]
        return taken

    def receive(self):
        """The next ServerMessage, whatever it is."""
        size, shift = 0, 0
        while True:
            byte = self._take(1)[0]
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if size > MAX_FRAME_SIZE:
            raise ValueError(f"a frame of {size} bytes is none of this API")
        message = control.ServerMessage()
        message.ParseFromString(self._take(size))
        return message

    def request(self, body, value):
        """Sends the request `body` and returns its id."""
        message = control.ClientMessage(request_id=self.next_id)
        self.next_id += 1
        getattr(message, body).CopyFrom(value)
        self.send(message)
        return message.request_id

    def call(self, body, value):
        """Sends a request and returns its answer; what comes unasked in between is left out."""
        request_id = self.request(body, value)
        while True:
            answer = self.receive()
            if answer.request_id == request_id:
                if answer.WhichOneof("body") == "refused":
                    raise Refused(answer.refused)
                return answer

    def hello(self, name, version=API_VERSION):
        return self.call("hello", control.Hello(api_version=version, client=name)).hello

    def status(self, partition=""):
        return self.call("status", control.StatusRequest(partition=partition)).status

    def events(self, since=0):
        """The events above `since` that are still held, and gaps, in their order."""
        request_id = self.request("events", control.EventsRequest(since=since))
        while True:
            message = self.receive()
            body = message.WhichOneof("body")
            if message.request_id == request_id:
                if body == "refused":
                    raise Refused(message.refused)
                return
            if body in ("event", "gap"):
                yield getattr(message, body)

    def follow(self, since=0):
        """All events above `since`, for ever."""
        self.request("events", control.EventsRequest(since=since, follow=True))
        while True:
            message = self.receive()
            body = message.WhichOneof("body")
            if body == "refused":
                raise Refused(message.refused)
            if body in ("event", "gap"):
                yield getattr(message, body)


def main(arguments):
    if len(arguments) != 2 or arguments[1] not in ("hello", "status", "events", "follow"):
        print("usage: xhm_api.py SOCKET hello|status|events|follow", file=sys.stderr)
        return 2
    with Client(arguments[0]) as client:
        what = arguments[1]
        if what in ("events", "follow"):
            for happened in getattr(client, what)():
                print(str(happened).replace("\n", " "), flush=True)
        else:
            print(client.greeting if what == "hello" else client.status())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
