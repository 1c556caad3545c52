# SPDX-License-Identifier: MIT
"""Slow is not broken: long silences are sat out.

The simulator's times and foreman's are divided by FOREMAN_TEST_SCALE (1 runs them at full length:
twelve and six minutes).
"""
import os

import pytest

from harness.simulator import Simulator

SCALE = float(os.environ.get("FOREMAN_TEST_SCALE", "600"))
MODEL = "llama3.2:3b"
PREFILL, SILENCE = 12 * 60, 6 * 60
REAL_LIMIT = 13 * 60 / SCALE + 20


@pytest.fixture
def simulator(start_simulator) -> Simulator:
    return start_simulator(scale=SCALE)


@pytest.fixture
def foreman(start_foreman, simulator):
    """With all its own times scaled as the simulator's are."""
    def scaled(seconds):
        return f"{max(int(seconds / SCALE * 1000), 100)}ms"

    return start_foreman(simulator, poll_interval=scaled(30), client_idle_timeout=scaled(120) if SCALE == 1 else "2m")


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
def test_a_silent_prefill_of_twelve_minutes(foreman, simulator, path, stream):
    simulator.fault("prefill", seconds=PREFILL)
    answer = foreman.call("POST", path, body=simulator.chat(MODEL, stream=stream), timeout=REAL_LIMIT)
    assert answer.status == 200
    assert_whole(answer, path, stream)


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
def test_a_silence_of_six_minutes_mid_stream(foreman, simulator, path):
    simulator.fault("stall", after_chunks=3, seconds=SILENCE)
    answer = foreman.call("POST", path, body=simulator.chat(MODEL, tokens=20, stream=True), timeout=REAL_LIMIT)
    assert answer.status == 200
    assert_whole(answer, path, stream=True)


def test_the_next_in_the_queue_waits_as_long(foreman, simulator):
    simulator.fault("prefill", seconds=PREFILL)
    with foreman.connect(timeout=REAL_LIMIT) as first, foreman.connect(timeout=REAL_LIMIT) as second:
        first.request("POST", "/api/chat", body=simulator.chat(MODEL))
        simulator.wait_for("chat_in_flight", "==", 1)
        second.request("POST", "/api/chat", body=simulator.chat(MODEL))
        assert first.answer().lines()[-1]["done"]
        answer = second.answer()
    assert answer.lines()[-1]["done"]
    assert float(answer.header("x-foreman-queue-seconds")) >= PREFILL / SCALE * 0.5


@pytest.mark.parametrize("setting, fault", [
    ("first_byte_timeout", {"kind": "prefill", "seconds": 600}),
    ("idle_timeout", {"kind": "stall", "after_chunks": 3, "seconds": 600}),
], ids=["first byte", "mid-stream"])
def test_who_wants_limits_gets_them(start_foreman, start_simulator, setting, fault):
    """At the simulator's own pace: the time is up long before the silence is."""
    simulator = start_simulator()
    foreman = start_foreman(simulator, **{setting: "300ms"})
    simulator.fault(**fault)
    answer = foreman.call("POST", "/api/chat", body=simulator.chat(MODEL, tokens=20, stream=True))
    if setting == "first_byte_timeout":
        assert answer.status == 504
        assert "FOREMAN_FIRST_BYTE_TIMEOUT" in answer.json()["error"]
    else:
        assert answer.status == 200
        assert "error" in answer.lines()[-1]
    simulator.wait_for("faulted", "==", 1)  # which it counts when its connection has ended


def assert_whole(answer, path, stream):
    if path == "/api/chat":
        assert answer.lines()[-1]["done"]
    elif stream:
        assert answer.events()[-1] == "[DONE]"
    else:
        assert answer.json()["choices"][0]["finish_reason"]
