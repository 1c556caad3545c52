# SPDX-License-Identifier: MIT
"""Everything has a bound, and says so when it is reached."""
import contextlib
import json
import re
import time

import pytest

from harness import wait, wire
from harness.tokens import tokens_file

MODEL = "llama3.2:3b"


def assert_busy(answer):
    assert answer.status == 503
    assert int(answer.header("retry-after")) >= 1
    assert answer.header("x-should-retry") == "false"
    assert answer.header("content-type").startswith("application/json")


@pytest.fixture
def crowd():
    with contextlib.ExitStack() as stack:
        yield stack


def wait_at_the_gate(foreman, simulator, crowd, count):
    """So many chats, one of them running."""
    simulator.hold("prefill")
    for number in range(count):
        connection = crowd.enter_context(foreman.connect())
        connection.request("POST", "/api/chat", body=simulator.chat(MODEL))
        wait.until(lambda: sum(foreman.gate()[key] for key in ("running", "waiting")) == number + 1,
                   what=f"{number + 1} at the gate")


@pytest.mark.parametrize("path, shape", [
    ("/api/chat", lambda body: body["error"]),
    ("/v1/chat/completions", lambda body: body["error"]["message"]),
    ("/v1/messages", lambda body: body["type"] == "error" and body["error"]["message"]),
])
def test_the_queue_is_full(start_foreman, simulator, crowd, path, shape):
    foreman = start_foreman(simulator, max_queue=2)
    wait_at_the_gate(foreman, simulator, crowd, 3)
    sent = len(simulator.requests())
    answer = foreman.call("POST", path, body=simulator.chat(MODEL, max_tokens=8))
    assert_busy(answer)
    assert shape(answer.json())
    assert len(simulator.requests()) == sent
    simulator.open("prefill")
    wait.until(lambda: foreman.gate()["running"] == 0, what="all are served")
    assert foreman.call("POST", "/api/chat", body=simulator.chat(MODEL)).status == 200


def test_one_client_does_not_fill_it(start_foreman, simulator, crowd, tmp_path):
    foreman = start_foreman(simulator, max_queue=100, max_queue_per_client=2,
                            tokens_file=tokens_file(tmp_path, greedy="admin", modest="inference"))
    greedy, modest = ([("Authorization", f"Bearer {name}")] for name in ("greedy", "modest"))
    simulator.hold("prefill")

    def gate_holds(count):
        gate = foreman.call("GET", "/status", greedy).json()["gate"]
        return len(gate["running"]) + gate["waiting_count"] == count

    connections = [crowd.enter_context(foreman.connect()) for _ in range(4)]
    for number, connection in enumerate(connections):
        connection.request("POST", "/api/chat", greedy if number < 3 else modest, simulator.chat(MODEL))
        wait.until(lambda: gate_holds(number + 1), what=f"{number + 1} at the gate")
    assert_busy(foreman.call("POST", "/api/chat", greedy, simulator.chat(MODEL)))
    simulator.open("prefill")
    assert [connection.answer().status for connection in connections] == [200] * 4


def test_waiting_bodies_have_a_budget(start_foreman, simulator, crowd):
    foreman = start_foreman(simulator, max_buffered="3MiB", max_body="2MiB")
    wait_at_the_gate(foreman, simulator, crowd, 1)
    large = simulator.chat(MODEL, padding="x" * (2_000_000 - 500))
    for number in range(1):
        crowd.enter_context(foreman.connect()).request("POST", "/api/chat", body=large)
    wait.until(lambda: foreman.gate()["waiting"] == 1, what="a large one waits")
    assert_busy(foreman.call("POST", "/api/chat", body=large))
    simulator.open("prefill")


def test_a_body_too_large_by_its_length(start_foreman, simulator):
    foreman = start_foreman(simulator, max_body="1MiB")
    with foreman.connect() as connection:
        connection.send(b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\n")
        answer = connection.answer()
        assert answer.status == 413
        assert "FOREMAN_MAX_BODY" in answer.json()["error"]
        assert connection.wait_closed()
    assert not simulator.requests("/api/chat")


def test_a_body_that_turns_out_too_large(start_foreman, simulator):
    foreman = start_foreman(simulator, max_body="1MiB")
    with foreman.connect() as connection:
        connection.send(b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(40):
                connection.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        assert connection.answer().status == 413
    assert not simulator.requests("/api/chat")


def test_a_client_that_writes_all_before_it_reads_still_sees_413(start_foreman, simulator):
    """The answer must outlive the unread body: no reset may overtake it."""
    foreman = start_foreman(simulator, max_body="1MiB")
    body = b"x" * (8 << 20)
    with foreman.connect() as connection:
        with contextlib.suppress(ConnectionError):
            connection.send(wire.request_bytes("POST", "/api/chat", body=body))
        assert connection.answer().status == 413


def test_exactly_the_limit_is_let_through(start_foreman, simulator):
    foreman = start_foreman(simulator, max_body="1MiB")
    body = simulator.chat(MODEL, stream=False, padding="")
    body["padding"] = "x" * ((1 << 20) - len(json.dumps(body)))
    assert len(json.dumps(body)) == 1 << 20
    assert foreman.call("POST", "/api/chat", body=body).status == 200


def test_connections_have_a_cap(start_foreman, simulator, crowd):
    foreman = start_foreman(simulator, max_connections=5)
    idle = [crowd.enter_context(foreman.connect()) for _ in range(5)]
    for connection in idle:
        connection.request("GET", "/healthz")
        assert connection.answer().status == 200
    waits = crowd.enter_context(foreman.connect(timeout=30))
    waits.request("GET", "/healthz")
    idle[0].close()
    answer = waits.answer()
    assert answer.status in (200, 503)


def test_a_head_has_its_time(start_foreman, simulator):
    foreman = start_foreman(simulator, header_timeout="300ms")
    with foreman.connect(timeout=5) as connection:
        began = time.monotonic()
        connection.send(b"GET /healthz HT")
        assert connection.wait_closed() or connection.buffer.startswith(b"HTTP/1.1 408")
        assert 0.25 <= time.monotonic() - began <= 3


def test_a_drip_does_not_lengthen_it(start_foreman, simulator):
    foreman = start_foreman(simulator, header_timeout="300ms")
    head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 1000
    with foreman.connect(timeout=0.02) as connection:
        began = time.monotonic()
        for byte in head:
            try:
                connection.send(bytes([byte]))
            except OSError:
                break
            if connection.wait_closed():
                break
        assert time.monotonic() - began <= 3


def test_a_body_has_its_time(start_foreman, simulator):
    foreman = start_foreman(simulator, body_timeout="300ms")
    with foreman.connect(timeout=5) as connection:
        connection.send(b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        assert connection.wait_closed() or connection.buffer.startswith(b"HTTP/1.1 408")
    assert not simulator.requests("/api/chat")


def test_an_idle_connection_ends(start_foreman, simulator):
    foreman = start_foreman(simulator, client_idle_timeout="300ms")
    with foreman.connect(timeout=5) as connection:
        connection.request("GET", "/healthz")
        assert connection.answer().status == 200
        assert connection.wait_closed()


def test_but_not_one_that_waits_for_its_answer(start_foreman, simulator):
    foreman = start_foreman(simulator, client_idle_timeout="100ms", header_timeout="100ms", body_timeout="100ms")
    simulator.fault("prefill", seconds=0.5)
    assert foreman.call("POST", "/api/chat", body=simulator.chat(MODEL)).lines()[-1]["done"]


@pytest.mark.parametrize("path", ["/api/chat", "/api/generate", "/v1/chat/completions", "/v1/messages"])
@pytest.mark.parametrize("body, status", [
    (b"", 400), (b"{", 400), (b"[]", 400), (b"null", None), (b'"model"', 400), (b"{}", None),
    (b"\xef\xbb\xbf{}", 400), (b'{"model":' + b"[" * 20000, 400), (b'{"model":7}', 400),
], ids=["empty", "cut", "list", "null", "text", "object", "BOM", "deep", "number as a model"])
def test_bodies_that_are_no_request_get_ollamas_answer(shared, path, body, status):
    simulator, foreman = shared
    answer = foreman.call("POST", path, body=body)
    straight = simulator.call("POST", path, body=body)
    assert answer.status == straight.status
    assert status in (None, answer.status)
    assert answer.header("content-type") == straight.header("content-type")
    request_id = re.compile(rb"req_\w+")
    assert request_id.sub(b"", answer.body) == request_id.sub(b"", straight.body)
