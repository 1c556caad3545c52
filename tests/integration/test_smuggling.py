# SPDX-License-Identifier: MIT
"""Requests that two readers could take for two things: refused, nothing of them reaches Ollama, the
connection ends, and the next one is fine.
"""
import dataclasses

import pytest

from harness import wire

HOST = b"Host: localhost\r\n"
HIDDEN = b"GET /hidden HTTP/1.1\r\n" + HOST + b"\r\n"


@dataclasses.dataclass
class Vector:
    name: str
    data: bytes
    status: int = 400
    end: bool = False  # the client half-closes behind it


def get(target, *fields, version=b"HTTP/1.1"):
    return b"GET " + target + b" " + version + b"\r\n" + HOST + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


def post(*fields, body=b"", method=b"POST", host=HOST, version=b"HTTP/1.1"):
    head = method + b" /smuggled " + version + b"\r\n" + host + b"".join(field + b"\r\n" for field in fields)
    return head + b"\r\n" + body


CHUNKED = b"Transfer-Encoding: chunked"

REFUSED = [
    # What the path is.
    Vector("encoded slash", get(b"/a%2Fb")),
    Vector("dot segments", get(b"/../../etc/passwd")),
    Vector("encoded dot segments", get(b"/%2e%2e/%2e%2e/etc")),
    Vector("a dot segment at the end", get(b"/api/..")),
    Vector("bad percent escape", get(b"/%zz")),
    Vector("cut percent escape", get(b"/%4")),
    Vector("encoded NUL", get(b"/a%00b")),
    Vector("path that is not UTF-8", get(b"/%ff%fe")),
    Vector("double slash", get(b"//evil.example/x")),
    Vector("fragment", get(b"/api/tags#x")),
    Vector("absolute form of another scheme", get(b"https://localhost/x")),
    Vector("absolute form that names another host", get(b"http://other.example:99/x")),
    Vector("absolute form with a user", get(b"http://user@localhost/x")),
    Vector("asterisk form", b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n"),
    Vector("authority form", b"CONNECT a:1 HTTP/1.1\r\n" + HOST + b"\r\n"),
    Vector("space in the target", get(b"/a b")),
    Vector("control character in the target", get(b"/a\x01b")),
    # Who is asked.
    Vector("no Host", b"GET /x HTTP/1.1\r\n\r\n"),
    Vector("two Hosts", b"GET /x HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"),
    Vector("a list of Hosts", b"GET /x HTTP/1.1\r\nHost: localhost, other\r\n\r\n"),
    Vector("Host with a user", b"GET /x HTTP/1.1\r\nHost: a@b\r\n\r\n"),
    Vector("Host with a query", b"GET /x HTTP/1.1\r\nHost: a?b#c\r\n\r\n"),
    Vector("Host with a path", b"GET /x HTTP/1.1\r\nHost: localhost/a\r\n\r\n"),
    # The request line.
    Vector("method that is no token", b"F(O)O /x HTTP/1.1\r\n" + HOST + b"\r\n"),
    Vector("HTTP/2.0", get(b"/x", version=b"HTTP/2.0")),
    Vector("HTTP/1.2", get(b"/x", version=b"HTTP/1.2")),
    Vector("HTTP/0.9", b"GET /x\r\n\r\n"),
    Vector("lower case version", get(b"/x", version=b"http/1.1")),
    Vector("two spaces", b"GET  /x HTTP/1.1\r\n" + HOST + b"\r\n"),
    Vector("leading empty line", b"\r\nGET /x HTTP/1.1\r\n" + HOST + b"\r\n"),
    # How long the body is.
    Vector("length and chunked", post(b"Content-Length: 5", CHUNKED, body=b"0\r\n\r\n" + HIDDEN)),
    Vector("chunked and length", post(CHUNKED, b"Content-Length: 5", body=b"0\r\n\r\n" + HIDDEN)),
    Vector("the same length twice", post(b"Content-Length: 3", b"Content-Length: 3", body=b"abc")),
    Vector("two lengths", post(b"Content-Length: 3", b"Content-Length: 0", body=b"abc" + HIDDEN)),
    Vector("a list of lengths", post(b"Content-Length: 3, 3", body=b"abc")),
    Vector("negative length", post(b"Content-Length: -1")),
    Vector("signed length", post(b"Content-Length: +3", body=b"abc")),
    Vector("length with a tail", post(b"Content-Length: 3x", body=b"abc")),
    Vector("hexadecimal length", post(b"Content-Length: 0x3", body=b"abc")),
    Vector("empty length", post(b"Content-Length:", body=b"abc")),
    Vector("overflowing length", post(b"Content-Length: 99999999999999999999999", body=b"abc")),
    Vector("xchunked", post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n")),
    Vector("gzip, chunked", post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n")),
    Vector("chunked, identity", post(b"Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n")),
    Vector("identity", post(b"Transfer-Encoding: identity", b"Content-Length: 3", body=b"abc")),
    Vector("quoted chunked", post(b'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n")),
    Vector("chunked with a vertical tab", post(b"Transfer-Encoding:\x0bchunked", body=b"0\r\n\r\n")),
    Vector("chunked twice", post(CHUNKED, CHUNKED, body=b"0\r\n\r\n")),
    Vector("chunked in HTTP/1.0", post(CHUNKED, version=b"HTTP/1.0", body=b"0\r\n\r\n")),
    # Header lines.
    Vector("space in front of a colon", post(b"Content-Length : 3", body=b"abc")),
    Vector("tab in front of a colon", post(b"Transfer-Encoding\t: chunked", body=b"0\r\n\r\n" + HIDDEN)),
    Vector("no colon", get(b"/x", b"Content-Length 3")),
    Vector("no name", get(b"/x", b": x")),
    Vector("obs-fold", get(b"/x", b"A: b", b" c")),
    Vector("obs-fold of the first field", b"GET /x HTTP/1.1\r\n Host: localhost\r\n\r\n"),
    Vector("LF alone", b"GET /x HTTP/1.1\nHost: localhost\n\n"),
    Vector("LF alone between fields", b"GET /x HTTP/1.1\r\nHost: localhost\nContent-Length: 5\r\n\r\n"),
    Vector("CR alone in a value", get(b"/x", b"A: b\rContent-Length: 5")),
    Vector("NUL in a value", get(b"/x", b"A: b\0c")),
    Vector("control character in a value", get(b"/x", b"A: b\x07c")),
    Vector("name that is no token", get(b"/x", b"A(b): c")),
    Vector("name that is not ASCII", get(b"/x", "Conten\u0442-Length: 5".encode())),
    # Limits.
    Vector("head of 70 KB", get(b"/x", b"A: " + b"a" * 70000), 431),
    Vector("5,000 fields", get(b"/x", *[b"A: b"] * 5000), 431),
    Vector("target of 9 KB", get(b"/" + b"a" * 9000), 431),
]

# Bad framing behind a good head: on a route that reads the body before it asks Ollama.
BAD_BODIES = [
    Vector("negative chunk", b"-1\r\nabc\r\n0\r\n\r\n"),
    Vector("chunk size that is no number", b"zz\r\n" + HIDDEN),
    Vector("chunk size with 0x", b"0x3\r\nabc\r\n0\r\n\r\n"),
    Vector("chunk size with a space in front", b" 3\r\nabc\r\n0\r\n\r\n"),
    Vector("chunk size that overflows", b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    Vector("empty chunk size", b"\r\nabc\r\n0\r\n\r\n"),
    Vector("chunk lines that end with LF", b"3\nabc\n0\n\n"),
    Vector("chunk longer than its size", b"3\r\nabcdef\r\n0\r\n\r\n"),
    Vector("chunk extension of 70 KB", b"3;" + b"x" * 70000 + b"\r\nabc\r\n0\r\n\r\n"),
]


def names(vectors):
    return [vector.name for vector in vectors]


@pytest.fixture
def untouched(shared):
    """The shared pair; after the test nothing but foreman's own polls may have reached the simulator."""
    simulator, foreman = shared
    simulator.forget()
    yield foreman
    strangers = [request for request in simulator.requests() if request["path"] not in ("/api/tags", "/api/ps")]
    assert not strangers
    answer = foreman.call("GET", "/healthz")
    assert (answer.status, answer.body) == (200, b'{"status":"ok","degraded":false}')


def refusal(connection):
    """The one answer to a refused request, and that the connection ends behind it."""
    answer = connection.answer()
    assert answer.header("content-type", "").startswith("application/json")
    assert answer.json()["error"]
    assert not answer.keeps_alive
    assert connection.wait_closed()
    return answer


@pytest.mark.parametrize("vector", REFUSED, ids=names(REFUSED))
def test_an_ambiguous_head_is_refused(untouched, vector):
    with untouched.connect() as connection:
        connection.send(vector.data)
        assert refusal(connection).status == vector.status


@pytest.mark.parametrize("vector", REFUSED, ids=names(REFUSED))
def test_it_is_refused_behind_a_good_request_too(untouched, vector):
    with untouched.connect() as connection:
        connection.send(get(b"/healthz") + vector.data)
        assert connection.answer().status == 200
        assert refusal(connection).status == vector.status


@pytest.mark.parametrize("vector", BAD_BODIES, ids=names(BAD_BODIES))
def test_bad_chunks_are_refused(untouched, vector):
    head = b"POST /api/chat HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n\r\n"
    with untouched.connect() as connection:
        connection.send(head + vector.data)
        assert refusal(connection).status == vector.status


@pytest.mark.parametrize("data", [
    b"POST /api/chat HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n\r\n3\r\nabc\r\n",
    b"POST /api/chat HTTP/1.1\r\n" + HOST + b"Content-Length: 10\r\n\r\nabc",
    b"GET /api/ta",
    b"GET /healthz HTTP/1.1\r\nHo",
], ids=["chunked body", "body by length", "request line", "head"])
def test_a_request_that_breaks_off_goes_nowhere(untouched, data):
    with untouched.connect() as connection:
        connection.send(data)
        connection.half_close()
        assert connection.wait_closed() or connection.buffer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("size", [1, 7])
def test_a_head_in_pieces_is_one_head(untouched, size):
    data = get(b"/healthz", b"X-Padding: " + b"x" * 50)
    with untouched.connect() as connection:
        for start in range(0, len(data), size):
            connection.send(data[start:start + size])
        assert connection.answer().status == 200


def test_pipelined_requests_are_answered_in_order(untouched):
    with untouched.connect() as connection:
        connection.send(get(b"/healthz") + get(b"/readyz") + get(b"/status"))
        answers = [connection.answer() for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 200]
        assert answers[0].json()["status"] == "ok"
        assert "gate" in answers[2].json()


def test_the_target_in_absolute_form_is_served(untouched):
    with untouched.connect() as connection:
        connection.send(get(b"http://localhost/healthz"))
        assert connection.answer().json()["status"] == "ok"


def test_an_encoded_path_meets_the_gate(shared):
    """Ollama serves /api/%63hat as /api/chat: so must the gate, or it could be walked around."""
    simulator, foreman = shared
    answer = foreman.call("POST", "/api/%63hat", body=simulator.chat("llama3.2:3b", stream=False))
    assert answer.status == 200
    assert answer.header("x-foreman-queue-seconds") is not None


def test_http_1_0_is_served_and_closed(shared):
    _, foreman = shared
    with foreman.connect() as connection:
        connection.send(b"GET /healthz HTTP/1.0\r\n\r\n")
        answer = connection.answer()
        assert answer.status == 200
        assert connection.wait_closed()


def test_a_reset_does_not_disturb_others(shared):
    _, foreman = shared
    with foreman.connect() as neighbour:
        for vector in REFUSED:
            connection = wire.Connection(foreman.port)
            connection.send(vector.data)
            connection.abort()
        neighbour.request("GET", "/healthz")
        assert neighbour.answer().status == 200
