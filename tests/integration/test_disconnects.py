# SPDX-License-Identifier: MIT
"""A client that leaves is noticed within a second wherever it is, and leaves nothing behind."""
import time

import pytest

from harness import wait, wire

MODEL = "llama3.2:3b"
NOTICED = 1.0  # seconds
WAYS_TO_LEAVE = ("close", "abort", "half_close")


@pytest.fixture(params=WAYS_TO_LEAVE)
def leave(request):
    """A function by which a client leaves."""
    return lambda connection: getattr(connection, request.param)()


@pytest.fixture
def box(foreman, simulator):
    """foreman that has served once, with what it had open then: it must get back to that."""
    assert foreman.call("POST", "/api/chat", body=simulator.chat(MODEL, stream=False)).status == 200
    foreman.wait_quiet()
    at_rest = foreman.fds()
    simulator.forget()
    yield foreman
    for point in ("load", "prefill", "tokens"):
        simulator.open(point)
    wait.until(lambda: gate(foreman) == (0, 0), what="the gate is as it was")
    wait.until(lambda: foreman.fds() <= at_rest, what=f"{at_rest} descriptors again")
    assert foreman.call("POST", "/api/chat", body=simulator.chat(MODEL, stream=False)).status == 200


def gate(foreman):
    now = foreman.gate()
    return now["running"], now["waiting"]


def chat_on(foreman, body, path="/api/chat"):
    connection = wire.Connection(foreman.port)
    connection.request("POST", path, body=body)
    return connection


class Stopwatch:
    """The time that a block took; the block must be done within a second."""

    def __enter__(self):
        self.began = time.monotonic()

    def __exit__(self, kind, *_):
        took = time.monotonic() - self.began
        assert kind or took <= NOTICED, f"noticed after {took:.3f} s"


def test_queued(box, simulator, leave):
    simulator.hold("prefill")
    first = chat_on(box, simulator.chat(MODEL, content="the one that runs"))
    wait.until(lambda: gate(box) == (1, 0), what="one runs")
    second = chat_on(box, simulator.chat(MODEL, content="the one that waits"))
    wait.until(lambda: gate(box) == (1, 1), what="one waits")
    with Stopwatch():
        leave(second)
        wait.until(lambda: gate(box) == (1, 0), what="nobody waits")
    simulator.open("prefill")
    assert first.answer().status == 200
    bodies = [request["body"] for request in simulator.requests("/api/chat")]
    assert len(bodies) == 1
    assert "the one that runs" in bodies[0]


def test_queued_on_a_connection_that_was_used_before(box, simulator, leave):
    simulator.hold("prefill")
    first = chat_on(box, simulator.chat(MODEL))
    wait.until(lambda: gate(box) == (1, 0), what="one runs")
    second = wire.Connection(box.port)
    second.request("GET", "/healthz")
    assert second.answer().status == 200
    second.request("POST", "/api/chat", body=simulator.chat(MODEL))
    wait.until(lambda: gate(box) == (1, 1), what="one waits")
    with Stopwatch():
        leave(second)
        wait.until(lambda: gate(box) == (1, 0), what="nobody waits")
    simulator.open("prefill")
    assert first.answer().status == 200
    assert len(simulator.requests("/api/chat")) == 1


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_while_the_model_loads(box, simulator, leave, stream):
    simulator.hold("load")
    client = chat_on(box, simulator.chat("qwen3:8b", stream=stream))
    simulator.wait_for("loading", "==", 1)
    with Stopwatch():
        leave(client)
        simulator.wait_for("aborted_loading", "==", 1)
    assert simulator.metric("loads_aborted") == 1


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
def test_while_it_streams(box, simulator, leave, path):
    simulator.hold("tokens")
    client = chat_on(box, simulator.chat(MODEL, tokens=50, stream=True), path)
    simulator.let("tokens", 3)
    answer = client.head()
    assert answer.status == 200
    client.lines(answer, 3)
    with Stopwatch():
        leave(client)
        simulator.wait_for("aborted_streaming", "==", 1)


def test_in_the_rush_of_a_stream(box, simulator, leave):
    """Not between tokens, but while they pour: bytes are on their way to a client that has left."""
    client = chat_on(box, simulator.chat(MODEL, tokens=200000, stream=True))
    assert client.head().status == 200
    assert client.chunk()
    with Stopwatch():
        leave(client)
        simulator.wait_for("aborted_streaming", "==", 1)


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
def test_while_it_waits_for_a_whole_answer(box, simulator, leave, path):
    simulator.hold("tokens")
    client = chat_on(box, simulator.chat(MODEL, stream=False), path)
    simulator.wait_for("chat_in_flight", "==", 1)
    simulator.let("tokens", 2)
    simulator.wait_for("held", "==", 1)
    with Stopwatch():
        leave(client)
        simulator.wait_for("aborted", "==", 1)


def test_while_it_sends_its_body(box, simulator, leave):
    client = wire.Connection(box.port)
    client.send(b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{\"model\":")
    with Stopwatch():
        leave(client)
        if not client.socket._closed:
            assert client.wait_closed() or client.buffer.startswith(b"HTTP/1.1 400 ")
    assert not simulator.requests("/api/chat")


def test_while_it_embeds(box, simulator, leave):
    simulator.hold("prefill")
    client = chat_on(box, {"model": "nomic-embed-text", "input": "text"}, "/api/embed")
    simulator.wait_for("embed_in_flight", "==", 1)
    with Stopwatch():
        leave(client)
        simulator.wait_for("aborted", "==", 1)


CYCLES, WARM_UP = 10_000, 1_000
GROWTH = 1 << 20


def cycle(foreman, body, number):
    """Connects, goes some way, leaves: each time another way."""
    connection = wire.Connection(foreman.port)
    way = number % 5
    if way == 1:
        connection.send(b"POST /api/chat HTTP/1.1\r\nHost: loc")
    elif way == 2:
        connection.request("POST", "/api/chat", body=body)
    elif way == 3:
        connection.request("GET", "/healthz")
        assert connection.answer().status == 200
    elif way == 4:
        connection.send(wire.request_bytes("POST", "/api/chat", body=body)[:-10])
    (connection.abort if number % 2 else connection.close)()


def test_ten_thousand_come_and_go(start_foreman, simulator):
    foreman = start_foreman(simulator, build="plain")
    simulator.hold("prefill")
    busy = chat_on(foreman, simulator.chat(MODEL))
    wait.until(lambda: gate(foreman) == (1, 0), what="one runs, so that all others wait")
    body = simulator.chat(MODEL)

    def run(cycles):
        for number in range(cycles):
            cycle(foreman, body, number)
        wait.until(lambda: gate(foreman) == (1, 0), what="all have been noticed")
        foreman.wait_quiet(others=1)
        return foreman.fds(), foreman.rss()

    fds, rss = run(WARM_UP)
    _, rss_after = run(CYCLES)
    wait.until(lambda: foreman.fds() <= fds, what=f"{fds} descriptors again")
    assert rss_after - rss <= GROWTH
    simulator.open("prefill")
    assert busy.answer().status == 200
    assert len(simulator.requests("/api/chat")) == 1
