# SPDX-License-Identifier: MIT
"""SIGTERM at any moment: nothing that was answered is lost, and the end comes in time and with 0."""
import contextlib
import signal
import socket
import time

import pytest

from harness import jobs, wait, wire

MODEL = "llama3.2:3b"
GRACE = 3  # what may be added to FOREMAN_DRAIN_TIMEOUT until the last client has heard of it


@pytest.fixture
def clients():
    with contextlib.ExitStack() as stack:
        yield stack


@contextlib.contextmanager
def ends_within(foreman, limit):
    """Stops foreman and sees to it that it ends with 0 in time."""
    began = time.monotonic()
    foreman.signal(signal.SIGTERM)
    yield
    assert foreman.wait(within=limit + 10) == 0
    assert time.monotonic() - began <= limit, foreman.stderr()


def wait_for_clients(foreman, count):
    wait.until(lambda: foreman.status()["counters"]["connections"] == count + 1, what=f"{count} clients")


def chat_on(clients, foreman, body, **options):
    connection = clients.enter_context(foreman.connect(**options))
    connection.request("POST", "/api/chat", body=body)
    return connection


def waits_for_the_lists(clients, foreman, simulator):
    """A client whose model may have been installed just now: nobody answers that."""
    simulator.fault("blackhole", path="/api/tags", times=0)
    polls = len(simulator.requests("/api/tags"))
    client = chat_on(clients, foreman, simulator.chat("unknown:1b"))
    wait.until(lambda: len(simulator.requests("/api/tags")) > polls, what="the lists are asked for")
    return client


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_a_slow_reader_gets_the_end_of_its_answer(start_foreman, simulator, clients, stream):
    """The last bytes are with a kernel, or still here, when the last request is over."""
    foreman = start_foreman(simulator, drain_timeout="20s")
    client = chat_on(clients, foreman, simulator.chat(MODEL, tokens=30_000, stream=stream), receive_buffer=4096)
    simulator.wait_for("tokens", ">=", 1)
    with ends_within(foreman, 20):
        foreman.wait_for_log("stopping")
        answer = client.answer()
        assert client.wait_closed() and not client.was_reset
        client.close()
    assert (answer.lines()[-1] if stream else answer.json())["done"]


def test_an_answer_that_nobody_reads_ends_with_the_limit(start_foreman, simulator, clients):
    foreman = start_foreman(simulator, drain_timeout="300ms")
    client = chat_on(clients, foreman, simulator.chat(MODEL, tokens=400_000, stream=True), receive_buffer=4096)
    simulator.wait_for("streaming", "==", 1)
    with ends_within(foreman, 0.3 + GRACE):
        pass
    with pytest.raises((wire.Truncated, AssertionError)):
        client.answer()


def test_who_does_not_hang_up_is_not_waited_for_long(start_foreman, simulator, clients):
    foreman = start_foreman(simulator, drain_timeout="20s")
    client = chat_on(clients, foreman, simulator.chat(MODEL, tokens=2, stream=True))
    assert client.answer().status == 200
    with ends_within(foreman, GRACE):
        pass


STAGES = {
    "head": b"GET /healthz HT",
    "body": b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
    "form": b"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            b"Content-Length: 100\r\n\r\n--x\r\n",
    "upload": b"POST /api/blobs/sha256:" + b"0" * 64 + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx",
    "continue": b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n",
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_request_that_does_not_come_ends_with_the_limit(start_foreman, simulator, clients, stage):
    foreman = start_foreman(simulator, drain_timeout="300ms")
    client = clients.enter_context(foreman.connect())
    client.send(STAGES[stage])
    wait_for_clients(foreman, 1)
    with ends_within(foreman, 0.3 + GRACE):
        if stage != "head":
            answer = client.answer()
            assert (answer.status, answer.keeps_alive) == (503, False)
        assert client.wait_closed()


@pytest.mark.parametrize("point", ["load", "prefill"])
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_an_answer_that_does_not_begin_is_503_at_the_limit(start_foreman, simulator, clients, point, stream):
    foreman = start_foreman(simulator, drain_timeout="300ms")
    simulator.hold(point)
    client = chat_on(clients, foreman, simulator.chat(MODEL, stream=stream))
    simulator.wait_for("chat_in_flight", "==", 1)
    with ends_within(foreman, 0.3 + GRACE):
        answer = client.answer()
        assert (answer.status, answer.keeps_alive) == (503, False)
        simulator.wait_for("aborted", "==", 1)
        client.close()
    simulator.open(point)


def test_who_waits_for_the_lists_is_told_at_the_limit(start_foreman, simulator, clients):
    foreman = start_foreman(simulator, drain_timeout="300ms")
    client = waits_for_the_lists(clients, foreman, simulator)
    with ends_within(foreman, 0.3 + GRACE):
        assert client.answer().status == 503
        client.close()


def test_a_pipelined_request_is_not_served_any_more(start_foreman, simulator, clients):
    foreman = start_foreman(simulator, drain_timeout="20s")
    simulator.hold("tokens")
    client = clients.enter_context(foreman.connect())
    client.send(wire.request_bytes("POST", "/api/chat", body=simulator.chat(MODEL, stream=True)) +
                wire.request_bytes("GET", "/healthz"))
    simulator.wait_for("chat_in_flight", "==", 1)
    with ends_within(foreman, 5):
        foreman.wait_for_log("stopping")
        simulator.open("tokens")
        assert client.answer().lines()[-1]["done"]
        assert client.wait_closed()
        client.close()


def everywhere(clients, foreman, simulator):
    """Clients in every stage at once."""
    simulator.hold("tokens")
    streaming = chat_on(clients, foreman, simulator.chat(MODEL, stream=True))
    simulator.wait_for("chat_in_flight", "==", 1)
    simulator.let("tokens", 1)
    assert streaming.head().status == 200
    for _ in range(3):
        chat_on(clients, foreman, simulator.chat(MODEL))
    simulator.hold("prefill")
    embedding = clients.enter_context(foreman.connect())
    embedding.request("POST", "/api/embed", body={"model": "nomic-embed-text", "input": "x"})
    simulator.wait_for("embed_in_flight", "==", 1)
    for data in STAGES.values():
        clients.enter_context(foreman.connect()).send(data)
    clients.enter_context(foreman.connect())
    waits_for_the_lists(clients, foreman, simulator)
    wait_for_clients(foreman, 7 + len(STAGES))


def test_a_second_signal_ends_it_at_once(start_foreman, simulator, clients):
    foreman = start_foreman(simulator, drain_timeout="60s")
    everywhere(clients, foreman, simulator)
    foreman.signal(signal.SIGTERM)
    foreman.wait_for_log("stopping")
    with ends_within(foreman, 1):
        pass


def test_a_second_signal_is_no_crash_of_a_job(start_foreman, simulator, tmp_path):
    simulator.hold("tokens")
    first = start_foreman(simulator, drain_timeout="60s", db=tmp_path / "jobs.db")
    job = jobs.submit(first)
    simulator.wait_for("held", "==", 1)
    first.signal(signal.SIGTERM)
    first.wait_for_log("stopping;")
    with ends_within(first, 1):
        pass
    simulator.open("tokens")
    found = jobs.finish(start_foreman(simulator, db=tmp_path / "jobs.db"), job)
    assert (found["crashes"], found["attempt"]) == (0, 0)


def test_all_at_once_end_with_the_limit(start_foreman, simulator, clients):
    foreman = start_foreman(simulator, drain_timeout="300ms")
    everywhere(clients, foreman, simulator)
    with ends_within(foreman, 0.3 + GRACE):
        pass


def test_no_time_at_all(start_foreman, simulator, clients):
    foreman = start_foreman(simulator, drain_timeout="0s")
    everywhere(clients, foreman, simulator)
    with ends_within(foreman, GRACE):
        pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_as_soon_as_the_port_is_known(start_foreman, simulator, number):
    foreman = start_foreman(simulator, polled=False)
    foreman.signal(number)
    assert foreman.wait(within=5) == 0


def test_a_reload_as_soon_as_the_port_is_known(start_foreman, simulator):
    foreman = start_foreman(simulator, polled=False)
    foreman.reload()
    foreman.wait_for_log("settings reloaded")


def test_a_unix_socket_is_gone_at_once(start_foreman, simulator, tmp_path, clients):
    path = str(tmp_path / "foreman.socket")
    foreman = start_foreman(simulator, addr=f"127.0.0.1:0,unix:{path}", drain_timeout="20s")
    simulator.hold("prefill")
    client = clients.enter_context(wire.Connection(path))
    client.request("POST", "/api/chat", body=simulator.chat(MODEL))
    simulator.wait_for("chat_in_flight", "==", 1)
    with ends_within(foreman, 10):
        foreman.wait_for_log("stopping")
        with socket.socket(socket.AF_UNIX) as probe:
            wait.until(lambda: probe.connect_ex(path) != 0, what="the socket is gone")
        simulator.open("prefill")
        assert client.answer().status == 200
        client.close()
