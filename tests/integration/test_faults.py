# SPDX-License-Identifier: MIT
"""Every fault the simulator knows: what the client got, what the gate did, what the inventory thinks.

After each the gate is empty, nothing is degraded that should not be, and the next chat is fine.
"""
import pytest

from harness import wait, wire

MODEL = "llama3.2:3b"


@pytest.fixture
def foreman(start_foreman, simulator):
    foreman = start_foreman(simulator, poll_interval="100ms")
    yield foreman
    simulator.clear_faults()
    wait.until(lambda: not foreman.health()["degraded"], what="recovered")
    wait.until(lambda: (foreman.gate()["running"], foreman.gate()["waiting"]) == (0, 0), what="the gate is empty")
    answer = foreman.call("POST", "/api/chat", body=simulator.chat(MODEL, stream=True))
    assert answer.lines()[-1]["done"]


def ask(foreman, simulator, path="/api/chat", stream=True, tokens=10):
    return foreman.call("POST", path, body=simulator.chat(MODEL, stream=stream, tokens=tokens))


def in_band_error(answer, path="/api/chat"):
    """The last thing a stream says when it cannot go on: an error, and no sign of a good end."""
    if path == "/api/chat":
        last = answer.lines()[-1]
        assert not any(line.get("done") for line in answer.lines())
        return last["error"]
    last = answer.events()[-1]
    assert last != "[DONE]"
    return last["error"]["message"] if path == "/v1/chat/completions" else last["error"]


def assert_broken_stream(connection, path="/api/chat"):
    """Either an error in band and then the end, or no clean end."""
    answer = connection.head()
    assert answer.status == 200
    try:
        connection.body_into(answer)
    except wire.Truncated:
        return
    assert in_band_error(answer, path)


def stays_well(foreman):
    assert foreman.health()["degraded"] is False


# The box cannot be reached.

def test_refused(foreman, simulator):
    simulator.fault("refuse", times=0)
    answer = ask(foreman, simulator)
    assert answer.status == 502
    assert answer.json()["error"]
    wait.until(lambda: foreman.health()["degraded"], what="degraded")
    assert foreman.call("GET", "/readyz").status == 503
    assert foreman.call("GET", "/api/tags").status == 200, "the last known list is kept"
    assert foreman.call("POST", "/api/show", body={"model": MODEL}).status == 502


def test_refused_before_anything_was_known(start_foreman, simulator):
    """No inventory yet: 502, never 404."""
    simulator.fault("refuse", times=0)
    foreman = start_foreman(simulator, poll_interval="100ms", polled=False)
    assert ask(foreman, simulator).status == 502
    assert foreman.call("GET", "/api/tags").status == 503
    assert foreman.health()["degraded"]
    simulator.clear_faults()
    wait.until(lambda: not foreman.health()["degraded"], what="recovered")
    assert ask(foreman, simulator).status == 200


def test_recovery_is_noticed_at_the_first_good_call(start_foreman, simulator):
    """Not only by the poll, which comes once an hour here."""
    foreman = start_foreman(simulator, poll_interval="1h")
    simulator.fault("refuse", times=0)
    assert ask(foreman, simulator).status == 502
    assert foreman.health()["degraded"]
    simulator.clear_faults()
    assert ask(foreman, simulator).status == 200
    assert not foreman.health()["degraded"]


def test_deaf(start_foreman, simulator):
    """It listens and accepts nothing: who asks waits as long as he likes, and nothing is left of him."""
    simulator.fault("deaf", times=0)
    foreman = start_foreman(simulator, poll_interval="100ms", polled=False)
    with foreman.connect() as client:
        client.request("POST", "/api/chat", body=simulator.chat(MODEL))
        wait.until(lambda: foreman.status()["counters"]["connections"] == 2, what="it has come")
        assert foreman.call("GET", "/healthz").status == 200
    foreman.wait_quiet()
    simulator.clear_faults()
    wait.until(lambda: foreman.call("GET", "/api/tags").status == 200, what="recovered")
    assert ask(foreman, simulator).status == 200


# The box takes the request and answers badly, or not.

@pytest.mark.parametrize("kind", ["blackhole", "hang"])
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_no_answer(foreman, simulator, kind, stream):
    """Silence is no fault by itself: it lasts until the client has had enough."""
    simulator.fault(kind)
    with foreman.connect() as client:
        client.request("POST", "/api/chat", body=simulator.chat(MODEL, stream=stream))
        wait.until(lambda: simulator.requests("/api/chat"), what="it has been sent")
        stays_well(foreman)
        assert foreman.gate()["running"] == 1
    wait.until(lambda: foreman.gate()["running"] == 0, within=1, what="the hang-up is noticed")


def test_garbage(foreman, simulator):
    simulator.fault("garbage")
    answer = ask(foreman, simulator)
    assert answer.status == 502
    assert answer.json()["error"]


@pytest.mark.parametrize("status", [400, 404, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
def test_a_status_is_passed_on(foreman, simulator, status, path):
    """Ollama's own refusals are its own: status, text and Retry-After; never degraded for them."""
    simulator.fault("status", status=status, retry_after=7, message="so it is")
    answer = ask(foreman, simulator, path)
    assert answer.status == status
    assert "so it is" in answer.body.decode()
    assert answer.header("retry-after") == "7"
    stays_well(foreman)
    assert len(simulator.requests(path)) == 1, "nothing was sent twice"


# The model's work goes wrong.

def test_an_empty_answer(foreman, simulator):
    simulator.fault("empty")
    answer = ask(foreman, simulator)
    assert answer.status == 200
    stays_well(foreman)


def test_a_long_prefill(foreman, simulator):
    simulator.fault("prefill", seconds=0.5)
    assert ask(foreman, simulator).lines()[-1]["done"]
    stays_well(foreman)


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_the_runner_crashes(foreman, simulator, stream):
    """As Ollama tells it: an error line, or 500."""
    simulator.fault("crash", after_chunks=3)
    answer = ask(foreman, simulator, stream=stream)
    if stream:
        assert answer.status == 200
        assert "error" in answer.lines()[-1]
    else:
        assert answer.status == 500
        assert answer.json()["error"]
    stays_well(foreman)


def test_the_model_does_not_load(foreman, simulator):
    simulator.fault("load-error")
    answer = ask(foreman, simulator)
    assert answer.status == 500
    assert answer.json()["error"]
    stays_well(foreman)


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
def test_a_stream_that_ends_without_its_last_word(foreman, simulator, path):
    """Framed as if it were whole, and is not: Ollama does that itself, so it is passed on as it is."""
    simulator.fault("no-terminator", after_chunks=3)
    answer = ask(foreman, simulator, path)
    assert answer.status == 200
    if path == "/api/chat":
        assert not any(line.get("done") for line in answer.lines())
    else:
        assert "[DONE]" not in answer.events()


def test_a_line_of_64_mib(start_foreman, simulator):
    """Passed on as it comes; nobody here collects lines."""
    foreman = start_foreman(simulator, build="plain")
    simulator.fault("long-line")
    before = foreman.rss()
    answer = ask(foreman, simulator)
    assert answer.status == 200
    assert len(max(answer.body.split(b"\n"), key=len)) >= 64 << 20
    assert foreman.peak_rss() - before <= 4 << 20


# The wire breaks.

@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions", "/v1/messages"])
@pytest.mark.parametrize("kind", ["reset", "cut"])
def test_it_breaks_mid_stream(foreman, simulator, path, kind):
    simulator.fault(kind, after_chunks=3)
    with foreman.connect() as client:
        client.request("POST", path, body=simulator.chat(MODEL, stream=True, tokens=10, max_tokens=10))
        assert_broken_stream(client, path)
    assert len(simulator.requests(path)) == 1, "nothing is retried after the first byte"


@pytest.mark.parametrize("kind", ["reset", "cut"])
def test_it_breaks_before_the_first_byte(foreman, simulator, kind):
    simulator.fault(kind, after_bytes=0)
    with foreman.connect() as client:
        client.request("POST", "/api/chat", body=simulator.chat(MODEL, stream=True))
        answer = client.head()
        if answer.status == 200:
            with pytest.raises((wire.Truncated, KeyError, IndexError)):
                in_band_error(client.body_into(answer))
                raise wire.Truncated
        else:
            assert answer.status == 502


@pytest.mark.parametrize("kind", ["reset", "cut", "wrong-length"])
def test_it_breaks_in_a_whole_answer(foreman, simulator, kind):
    """Its head may be out already: then the client must not take the rest for the whole."""
    simulator.fault(kind, **({"after_bytes": 20} if kind != "wrong-length" else {"delta": 10}))
    with foreman.connect() as client:
        client.request("POST", "/api/chat", body=simulator.chat(MODEL, stream=False))
        answer = client.head()
        if answer.status == 200:
            with pytest.raises(wire.Truncated):
                client.body_into(answer)
        else:
            assert answer.status == 502


def test_it_stalls_and_goes_on(foreman, simulator):
    simulator.fault("stall", after_chunks=3, seconds=0.5)
    assert ask(foreman, simulator).lines()[-1]["done"]
    stays_well(foreman)


def test_it_drips(foreman, simulator):
    """Byte by byte from upstream: the client still gets whole lines."""
    simulator.fault("drip", bytes_per_second=20000)
    answer = ask(foreman, simulator, tokens=5)
    assert answer.lines()[-1]["done"]
    assert all(chunk.endswith(b"\n") for chunk in answer.chunks)


# What the polls meet.

@pytest.mark.parametrize("fault", [
    {"kind": "status", "status": 500}, {"kind": "garbage"}, {"kind": "cut", "after_bytes": 10},
    {"kind": "wrong-length"},
], ids=lambda fault: fault["kind"])
def test_a_poll_that_fails_degrades(foreman, simulator, fault):
    simulator.fault(path="/api/tags", times=0, **fault)
    health = wait.until(lambda: foreman.health()["degraded"] and foreman.health(), what="degraded")
    assert health["reason"]
    assert foreman.call("GET", "/api/tags").status == 200


def test_chats_go_on_while_only_polls_fail(foreman, simulator):
    simulator.fault("status", status=500, path="/api/tags", times=0)
    wait.until(lambda: foreman.health()["degraded"], what="degraded")
    assert ask(foreman, simulator).status == 200


def test_a_poll_that_hangs_blocks_nobody(foreman, simulator):
    simulator.fault("hang", path="/api/ps", times=0)
    seen = len(simulator.requests("/api/ps"))
    wait.until(lambda: len(simulator.requests("/api/ps")) > seen, what="a poll hangs")
    assert ask(foreman, simulator).status == 200
    assert foreman.call("GET", "/healthz").status == 200


def test_one_fault_is_one_clients_trouble(foreman, simulator):
    """While one stream breaks, who waits behind it is served."""
    simulator.hold("tokens")
    simulator.fault("reset", after_chunks=2)
    with foreman.connect() as unlucky, foreman.connect() as next_one:
        unlucky.request("POST", "/api/chat", body=simulator.chat(MODEL, stream=True, tokens=10))
        simulator.wait_for("chat_in_flight", "==", 1)
        next_one.request("POST", "/api/chat", body=simulator.chat(MODEL, stream=True, tokens=10))
        wait.until(lambda: foreman.gate()["waiting"] == 1, what="the next one waits")
        simulator.open("tokens")
        assert_broken_stream(unlucky)
        assert next_one.answer().lines()[-1]["done"]
