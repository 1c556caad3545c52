# SPDX-License-Identifier: MIT
"""What a crowd of waiting clients took goes back to the system when it has left."""
import contextlib

from harness import wait

MODEL = "llama3.2:3b"
CLIENTS = 700
GROWTH = 1 << 20


def test_memory_goes_back_after_a_crowd(start_foreman, simulator):
    foreman = start_foreman(simulator, build="plain", max_queue_per_client=CLIENTS)
    assert foreman.call("POST", "/api/chat", body=simulator.chat(MODEL, stream=False)).status == 200
    before = foreman.rss()
    simulator.hold("prefill")
    body = simulator.chat(MODEL)
    with contextlib.ExitStack() as stack:
        for _ in range(CLIENTS):
            client = stack.enter_context(foreman.connect())
            client.request("POST", "/api/chat", body=body)
        wait.until(lambda: foreman.gate()["waiting"] == CLIENTS - 1, what="all wait")
        assert foreman.rss() - before > 2 * GROWTH, "too few to show anything"
    foreman.wait_quiet()
    wait.until(lambda: foreman.rss() - before <= GROWTH, what="memory is given back")
    simulator.open("prefill")
