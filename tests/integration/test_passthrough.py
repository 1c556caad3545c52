# SPDX-License-Identifier: MIT
"""What foreman does not know it passes on, both ways, byte for byte and with flat memory."""
import hashlib
import json
import os

import pytest
import zstandard

from harness import wire
from harness.simulator import headers

MODEL = "llama3.2:3b"
BLOB_BYTES = int(os.environ.get("FOREMAN_TEST_BLOB_BYTES", 1 << 30))
GROWTH = 4 << 20
BLOCK = bytes(range(256)) * 4096


def arrived(simulator, prefix):
    """The one request whose path begins so."""
    found = [request for request in simulator.requests() if request["path"].startswith(prefix)]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "QUERY"])
def test_unknown_routes_and_methods(foreman, simulator, method):
    body = b'{"future":true}' if method not in ("GET",) else None
    answer = foreman.call(method, "/api/future?x=1&y=%20z", body=body)
    straight = simulator.call(method, "/api/future?x=1&y=%20z", body=body)
    assert (answer.status, answer.body) == (straight.status, straight.body)
    seen = [(request["method"], request["target"]) for request in simulator.requests("/api/future")]
    assert seen == [(method, "/api/future?x=1&y=%20z")] * 2


@pytest.mark.parametrize("path, status", [("/", 200), ("/api/tags", 200), ("/api/version", 200), ("/api/ps", 405)])
def test_head(foreman, simulator, path, status):
    answer = foreman.call("HEAD", path)
    straight = simulator.call("HEAD", path)
    assert (answer.status, straight.status) == (status, status)
    assert answer.header("content-type") == straight.header("content-type")
    assert answer.header("content-length") == straight.header("content-length")


def test_head_leaves_the_connection_usable(foreman):
    with foreman.connect() as connection:
        for _ in range(3):
            connection.request("HEAD", "/api/version")
            assert connection.answer("HEAD").status == 200


def test_delete_with_a_body(foreman, simulator):
    assert foreman.call("POST", "/api/copy", body={"source": MODEL, "destination": "copied:x"}).status == 200
    assert "copied:x" in foreman.call("GET", "/api/tags").body.decode()
    answer = foreman.call("DELETE", "/api/delete", body={"model": "copied:x"})
    assert (answer.status, answer.body) == (200, b"")
    assert json.loads(arrived(simulator, "/api/delete")["body"]) == {"model": "copied:x"}
    assert "copied:x" not in foreman.call("GET", "/api/tags").body.decode()


def test_the_target_goes_as_it_came(foreman, simulator):
    target = "/v1/models/a%3Ab%20c?q=%2F..%2F&n=1;m={2}|3"
    foreman.call("GET", target)
    assert arrived(simulator, "/v1/models/")["target"] == target


def test_headers_that_travel_and_headers_that_do_not(foreman, simulator):
    foreman.call("POST", "/api/show", [
        ("User-Agent", "GitHubCopilotChat/1"), ("X-Custom", "one"), ("X-Custom", "two"), ("Accept", "a/b"),
        ("Connection", "close, X-Hop"), ("X-Hop", "not for you"), ("Keep-Alive", "timeout=5"), ("TE", "trailers"),
        ("Upgrade", "h2c"), ("Proxy-Authorization", "Basic x"), ("Origin", "http://localhost"),
        ("Authorization", "Bearer anything"),
    ], {"model": MODEL})
    seen = headers(arrived(simulator, "/api/show"))
    assert seen["user-agent"] == ["GitHubCopilotChat/1"]
    assert seen["x-custom"] == ["one", "two"]
    assert seen["accept"] == ["a/b"]
    assert seen["host"] == [f"127.0.0.1:{simulator.port}"]
    dropped = {"x-hop", "keep-alive", "te", "upgrade", "proxy-authorization", "origin", "authorization"}
    assert not dropped & seen.keys()


def test_a_request_id_is_given_or_kept(foreman):
    made = foreman.call("GET", "/api/version").header("x-request-id")
    assert len(made) == 26
    kept = foreman.call("GET", "/api/version", [("X-Request-Id", "mine-42")])
    assert kept.header("x-request-id") == "mine-42"
    replaced = foreman.call("GET", "/api/version", [("X-Request-Id", "x" * 500)])
    assert len(replaced.header("x-request-id")) == 26


def test_the_body_of_a_chat_goes_byte_for_byte(foreman, simulator):
    """Big integers, 0.1, escapes, order, spaces: what a JSON library would have touched."""
    body = ('{ "model":"llama3.2:3b",  "options":{"seed":12345678901234567890,"temperature":0.1},\n'
            '"messages":[{"role":"user","content":"\\u00e9\\ud83d\\ude00 \\/"}],"stream":false,"x":1e400} trailing').encode()
    assert foreman.call("POST", "/api/chat", body=body).status == 200
    seen = arrived(simulator, "/api/chat")
    assert seen["body"].encode() == body
    assert headers(seen)["content-length"] == [str(len(body))]


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_blob_of_a_gigabyte(start_foreman, simulator, framing):
    foreman = start_foreman(simulator, build="plain")
    size = BLOB_BYTES // len(BLOCK) * len(BLOCK)
    digest = hashlib.sha256()
    for _ in range(size // len(BLOCK)):
        digest.update(BLOCK)
    assert foreman.call("GET", "/api/version").status == 200
    foreman.reset_peak_rss()
    before = foreman.rss()
    with foreman.connect(timeout=120) as connection:
        fields = f"Content-Length: {size}" if framing == "length" else "Transfer-Encoding: chunked"
        connection.send(f"POST /api/blobs/sha256:{digest.hexdigest()} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n\r\n".encode())
        block = BLOCK if framing == "length" else b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK)
        for _ in range(size // len(BLOCK)):
            connection.send(block)
        if framing == "chunked":
            connection.send(b"0\r\n\r\n")
        answer = connection.answer()
    assert answer.status == 201, answer.body
    assert foreman.peak_rss() - before <= GROWTH
    assert foreman.call("HEAD", f"/api/blobs/sha256:{digest.hexdigest()}").status == 200


def test_a_blob_that_is_there_is_answered_before_it_is_sent(foreman):
    content = b"some blob"
    path = f"/api/blobs/sha256:{hashlib.sha256(content).hexdigest()}"
    assert foreman.call("POST", path, body=content).status == 201
    with foreman.connect() as connection:
        connection.send(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {1 << 30}\r\n\r\n".encode())
        assert connection.answer().status == 200


def test_expect_100_continue(foreman, simulator):
    with foreman.connect() as connection:
        body = json.dumps(simulator.chat(MODEL, stream=False)).encode()
        connection.send(wire.request_bytes("POST", "/api/chat", [
            ("Expect", "100-continue"), ("Content-Length", len(body))]))
        assert connection._until(b"\r\n\r\n").startswith(b"HTTP/1.1 100")
        connection.send(body)
        assert connection.answer().status == 200


def test_a_long_answer_comes_chunk_by_chunk(foreman, simulator):
    """Each token goes out as it comes in: nothing is collected on the way."""
    simulator.hold("tokens")
    with foreman.connect() as connection:
        connection.request("POST", "/api/chat", body=simulator.chat(MODEL, tokens=5, stream=True))
        for number in range(5):
            simulator.let("tokens", 1)
            if number == 0:
                assert connection.head().header("content-type") == "application/x-ndjson"
            assert connection.chunk().endswith(b"}\n")
        simulator.open("tokens")


def test_a_compressed_body_is_looked_into_and_sent_as_it_came(foreman, simulator):
    plain = json.dumps(simulator.chat(MODEL, stream=False)).encode()
    packed = zstandard.ZstdCompressor().compress(plain)
    answer = foreman.call("POST", "/v1/chat/completions", [("Content-Encoding", "zstd")], packed)
    assert answer.status == 200
    seen = arrived(simulator, "/v1/chat/completions")
    assert seen["body_sha256"] == hashlib.sha256(packed).hexdigest()
    assert headers(seen)["content-encoding"] == ["zstd"]
