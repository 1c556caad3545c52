# SPDX-License-Identifier: MIT
"""Ollama cannot be reached: everybody is told soon, and together, and served again as soon as it is back."""
import contextlib
import select
import socket
import time

import pytest

from harness import wait

MODEL = "llama3.2:3b"
CONNECT = 5  # how long foreman tries to connect
SLACK = 2


class BlackHole:
    """A port that drops what would connect to it: its backlog is full, and nobody accepts."""

    def __init__(self, port):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        wait.until(lambda: self.takes(port), what="the port is free")
        self.listener.listen(0)
        self.filler = socket.socket()
        self.filler.setblocking(False)
        self.filler.connect_ex(("127.0.0.1", port))
        while not select.select([], [self.filler], [], 1.5)[1]:
            self.listener.accept()[0].close()  # foreman was faster, and has the only place

    def takes(self, port):
        try:
            self.listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True

    def close(self):
        self.filler.close()
        self.listener.close()


@pytest.fixture
def clients():
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture
def vanish(simulator, clients):
    """A function that puts a black hole in the simulator's place until its result is called."""

    def vanish():
        back = clients.enter_context(contextlib.ExitStack())
        fault = simulator.fault("refuse", times=0)
        back.callback(simulator.clear_faults, fault)
        back.callback(BlackHole(simulator.port).close)
        return back.close

    return vanish


def chats(clients, foreman, simulator, count, path="/api/chat"):
    found = []
    for _ in range(count):
        connection = clients.enter_context(foreman.connect())
        connection.request("POST", path, body=simulator.chat(MODEL, stream=True))
        found.append(connection)
    return found


def assert_bad_gateway(answer):
    assert answer.status == 502
    assert answer.header("content-type").startswith("application/json")
    assert "Ollama at http:" in answer.json()["error"]
    assert answer.keeps_alive


def wait_degraded(foreman, reason="unreachable"):
    wait.until(lambda: foreman.health().get("reason") == reason, within=2 * CONNECT, what=f"degraded: {reason}")


def assert_idle(foreman):
    wait.until(lambda: (foreman.gate()["running"], foreman.gate()["waiting"]) == (0, 0), what="the gate is empty")


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions", "/v1/messages"])
def test_refused_is_told_at_once(start_foreman, simulator, clients, path):
    foreman = start_foreman(simulator, poll_interval="1h")
    simulator.fault("refuse", times=0)
    began = time.monotonic()
    for client in chats(clients, foreman, simulator, 10, path):
        answer = client.answer()
        assert answer.status == 502
        assert "Ollama at http:" in answer.body.decode()
        assert answer.body.count(b"\n") <= 1
    assert time.monotonic() - began <= 1
    assert_idle(foreman)


def test_who_comes_to_a_black_hole_is_told_together(start_foreman, simulator, clients, vanish):
    foreman = start_foreman(simulator, poll_interval="1h")
    vanish()
    began = time.monotonic()
    for client in chats(clients, foreman, simulator, 10):
        assert_bad_gateway(client.answer())
    # the first one finds out, the others ask once more, all together
    assert time.monotonic() - began <= 2 * CONNECT + SLACK
    wait_degraded(foreman)
    began = time.monotonic()
    for client in chats(clients, foreman, simulator, 10):
        assert_bad_gateway(client.answer())
    assert time.monotonic() - began <= CONNECT + SLACK
    assert_idle(foreman)


def test_who_waits_at_the_gate_is_told_together(start_foreman, simulator, clients, vanish):
    foreman = start_foreman(simulator, poll_interval="1h")
    simulator.hold("prefill")
    first, *others = chats(clients, foreman, simulator, 10)
    wait.until(lambda: foreman.gate()["waiting"] == 9, what="they wait")
    began = time.monotonic()
    vanish()
    assert first.answer().status == 502, "its connection broke"
    for client in others:
        assert_bad_gateway(client.answer())
    assert time.monotonic() - began <= 2 * CONNECT + SLACK
    assert_idle(foreman)


def test_who_waits_is_served_when_it_comes_back(start_foreman, simulator, clients, vanish):
    """Between the black hole's end and the simulator's return the port refuses for a moment. A try to
    connect that falls into it is told so, rightly; then the box goes and comes back once more."""
    foreman = start_foreman(simulator, poll_interval="1h", capacity=1)
    for _ in range(5):
        come_back = vanish()
        assert_bad_gateway(chats(clients, foreman, simulator, 1)[0].answer())
        wait_degraded(foreman)
        before = foreman.status()["counters"]["connections"]
        waiting = chats(clients, foreman, simulator, 5)
        wait.until(lambda: foreman.status()["counters"]["connections"] == before + 5, what="they wait")
        wait.until(lambda: foreman.gate()["running"] == 0, what="nobody holds the place meanwhile")
        come_back()
        answers = [client.answer() for client in waiting]
        if all(answer.status == 200 for answer in answers):
            assert all(answer.lines()[-1]["done"] for answer in answers)
            assert not foreman.health()["degraded"]
            assert simulator.metric("chat_running_max") == 1
            assert_idle(foreman)
            return
        for answer in answers:
            assert answer.status == 200 or "refused" in answer.json()["error"]
    raise AssertionError("whoever waited was never served")


def test_who_leaves_while_it_is_asked_for_is_noticed(start_foreman, simulator, clients, vanish):
    foreman = start_foreman(simulator, poll_interval="1h")
    vanish()
    assert_bad_gateway(chats(clients, foreman, simulator, 1)[0].answer())
    for client in chats(clients, foreman, simulator, 5):
        client.abort()
    wait.until(lambda: foreman.status()["counters"]["connections"] == 2, within=1, what="they are gone")
    assert_idle(foreman)


def test_lists_that_cannot_be_had_do_not_stop_what_is_known(start_foreman, simulator):
    foreman = start_foreman(simulator, poll_interval="100ms")
    simulator.fault("status", path="/api/tags", status=500, times=0)
    wait_degraded(foreman, "poll_failed")
    assert foreman.call("POST", "/api/chat", body=simulator.chat(MODEL, stream=True)).lines()[-1]["done"]
    answer = foreman.call("POST", "/api/chat", body=simulator.chat("unknown:1b"))
    assert answer.status == 502
    simulator.clear_faults()


def test_lists_of_no_sense_are_its_fault(start_foreman, simulator):
    """Not the client's, whatever is wrong with them."""
    foreman = start_foreman(simulator, poll_interval="1h")
    simulator.fault("garbage", path="/api/tags", times=0)
    assert foreman.call("POST", "/api/chat", body=simulator.chat("unknown:1b")).status == 502
    simulator.clear_faults()


def test_nothing_is_left_of_it(start_foreman, simulator, clients, vanish):
    foreman = start_foreman(simulator, poll_interval="1h")
    before = foreman.fds()
    come_back = vanish()
    with contextlib.ExitStack() as some:
        for client in chats(some, foreman, simulator, 20):
            assert client.answer().status == 502
    come_back()
    # a try to connect that is still under way may end in the moment in which the port refuses
    wait.until(lambda: not foreman.health()["degraded"], what="foreman has seen that it is back")
    assert foreman.call("POST", "/api/chat", body=simulator.chat(MODEL, stream=True)).lines()[-1]["done"]
    wait.until(lambda: foreman.fds() <= before + 1, what="its sockets are closed")
    assert foreman.status()["counters"]["buffered_bytes"] == 0


def test_the_lists_are_waited_for_at_the_start(start_foreman, simulator):
    """Who is there before the first poll has ended gets what it brings."""
    for _ in range(5):
        foreman = start_foreman(simulator, polled=False)
        assert foreman.call("GET", "/api/tags").status == 200
        assert foreman.call("GET", "/api/ps").status == 200
        assert foreman.stop() == 0
