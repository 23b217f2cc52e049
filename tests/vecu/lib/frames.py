"""The framing of the command channel: SLIP frames with a session in front. guest/exec_server.c is the other side."""

import os

END, ESC, ESC_END, ESC_ESC = b"\xc0", b"\xdb", b"\xdb\xdc", b"\xdb\xdd"
SESSION_SIZE = 8


def new_session() -> bytes:
    return os.urandom(SESSION_SIZE)


def encode(session: bytes, kind: bytes, data: bytes = b"") -> bytes:
    content = (session + kind + data).replace(ESC, ESC_ESC).replace(END, ESC_END)
    return END + content + END


class Decoder:
    """Bytes in, frames of one session out; whatever belongs to another session is passed over."""

    def __init__(self, session: bytes):
        self._session = session
        self._left = b""

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        *frames, self._left = (self._left + data).split(END)
        result = []
        for frame in frames:
            content = frame.replace(ESC_END, END).replace(ESC_ESC, ESC)
            if len(content) > SESSION_SIZE and content.startswith(self._session):
                result.append((content[SESSION_SIZE:SESSION_SIZE + 1], content[SESSION_SIZE + 1:]))
        return result
