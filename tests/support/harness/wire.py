# SPDX-License-Identifier: MIT
"""HTTP/1.1 on a bare socket: what goes out is what the test says, what came back is kept byte for byte."""
import dataclasses
import json
import socket
import struct


class Truncated(AssertionError):
    """The peer closed before the answer was whole."""


@dataclasses.dataclass
class Answer:
    status: int
    reason: str
    headers: list
    body: bytes = b""
    chunks: list = dataclasses.field(default_factory=list)
    minor: int = 1
    rest: bytes = b""

    def header(self, name, default=None):
        """The first value of a header, by its name in any case."""
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return default

    def header_values(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def json(self):
        return json.loads(self.body)

    def lines(self):
        """The objects of an NDJSON body."""
        return [json.loads(line) for line in self.body.split(b"\n") if line]

    def events(self):
        """The data of a text/event-stream body, JSON decoded but for [DONE]."""
        data = [line[6:] for line in self.body.split(b"\n") if line.startswith(b"data: ")]
        return [item.decode() if item == b"[DONE]" else json.loads(item) for item in data]

    @property
    def keeps_alive(self):
        return "close" not in (self.header("connection") or "").lower()


def request_bytes(method, target, headers=(), body=None, host="127.0.0.1"):
    """A request as a plain client writes it: Host first, Content-Length where there is a body."""
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
    names = {name.lower() for name, _ in headers}
    lines = [f"{method} {target} HTTP/1.1"]
    if "host" not in names:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


class Connection:
    """One connection to `address`: a port of 127.0.0.1, an (address, port) pair or the path of a unix socket."""

    def __init__(self, address, timeout=30.0, receive_buffer=None, source=None):
        if isinstance(address, int):
            address = ("127.0.0.1", address)
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        if family == socket.AF_INET and ":" in address[0]:
            family = socket.AF_INET6
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect(address)
        self.buffer = b""
        self.ended = self.was_reset = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Going out.

    def send(self, data):
        self.socket.sendall(data)

    def request(self, method, target, headers=(), body=None):
        self.send(request_bytes(method, target, list(headers), body))

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def abort(self):
        """Leaves with a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    # Coming in.

    def _more(self):
        if self.ended:
            return False
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data, self.was_reset = b"", True
        self.ended = not data
        self.buffer += data
        return bool(data)

    def _until(self, separator):
        while separator not in self.buffer:
            if not self._more():
                raise Truncated(f"closed in front of {separator!r}, after {self.buffer[-200:]!r}")
        part, _, self.buffer = self.buffer.partition(separator)
        return part

    def _exactly(self, count):
        parts, missing = [], count
        while True:
            part, self.buffer = self.buffer[:missing], self.buffer[missing:]
            parts.append(part)
            missing -= len(part)
            if not missing:
                return b"".join(parts)
            if not self._more():
                raise Truncated(f"{missing} of {count} bytes missing")

    def head(self):
        """The next answer's head; answers 1xx are passed over."""
        while True:
            lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            version, status, reason = (lines[0].split(" ", 2) + [""])[:3]
            assert version in ("HTTP/1.1", "HTTP/1.0"), lines[0]
            headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
            if not 100 <= int(status) < 200:
                return Answer(int(status), reason, headers, minor=int(version[-1]))

    def chunk(self):
        """The next chunk's payload; empty when it was the last."""
        size = int(self._until(b"\r\n").split(b";")[0], 16)
        data = self._exactly(size)
        assert self._exactly(2) == b"\r\n", "a chunk does not end with CRLF"
        return data

    def lines(self, answer, count):
        """The next `count` lines of a chunked body, however they are cut into chunks."""
        rest = answer.rest
        while rest.count(b"\n") < count:
            data = self.chunk()
            if not data:
                raise Truncated(f"the body ended within {count} lines: {rest!r}")
            rest += data
        *lines, answer.rest = rest.split(b"\n", count)
        return lines

    def body_into(self, answer, method="GET"):
        """Reads the rest of an answer by its own framing."""
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        if "chunked" in (answer.header("transfer-encoding") or "").lower():
            while data := self.chunk():
                answer.chunks.append(data)
            answer.body = b"".join(answer.chunks)
        elif (length := answer.header("content-length")) is not None:
            answer.body = self._exactly(int(length))
        else:
            while self._more():
                pass
            answer.body, self.buffer = self.buffer, b""
        return answer

    def answer(self, method="GET"):
        return self.body_into(self.head(), method)

    def wait_closed(self):
        """True once the peer has closed; False if it sends or keeps silent for the timeout."""
        try:
            return not self.buffer and not self._more()
        except (socket.timeout, TimeoutError):
            return False


def call(address, method, target, headers=(), body=None, **options):
    """One request on a connection of its own; `options` are Connection's."""
    with Connection(address, **options) as connection:
        connection.request(method, target, headers, body)
        return connection.answer(method)
