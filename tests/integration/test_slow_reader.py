# SPDX-License-Identifier: MIT
"""A client that does not read costs a window, not what Ollama sends."""
import contextlib

from harness import wait

MODEL = "llama3.2:3b"
CLIENTS = 8
TOKENS = 400_000          # some 50 MB of NDJSON each
GROWTH_EACH = 4 << 20
LINES_READ_LATER = 60_000


def stalled(*processes):
    """Waits until none of them works any more: everything between Ollama and the clients is full."""
    last = [0.0]

    def unchanged():
        before, last[0] = last[0], sum(process.cpu() for process in processes)
        return last[0] - before < 0.01

    wait.until(unchanged, within=60, what="the stream stands still", every=0.25)


def test_memory_stays_small_however_much_comes(start_foreman, start_simulator):
    simulator = start_simulator(parallel=CLIENTS)
    foreman = start_foreman(simulator, build="plain", capacity=CLIENTS)
    assert foreman.call("POST", "/api/chat", body=simulator.chat(MODEL, tokens=2000, stream=True)).status == 200
    foreman.reset_peak_rss()
    before = foreman.rss()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(foreman.connect(receive_buffer=4096, timeout=60)) for _ in range(CLIENTS)]
        for client in clients:
            client.request("POST", "/api/chat", body=simulator.chat(MODEL, tokens=TOKENS, stream=True))
        simulator.wait_for("streaming", "==", CLIENTS)
        stalled(simulator, foreman)
        assert simulator.metric("streaming") == CLIENTS, "the simulator was never held back"
        growth = (foreman.peak_rss() - before) / CLIENTS
        assert growth <= GROWTH_EACH, f"{growth / 1024:.0f} KiB a client"
    wait.until(lambda: foreman.gate()["running"] == 0, what="all have been noticed")


def test_what_waited_arrives_whole(start_foreman, simulator):
    foreman = start_foreman(simulator)
    # No smaller: into a window of less than a segment the kernel sends a piece every 200 ms.
    with foreman.connect(receive_buffer=1 << 18, timeout=120) as client:
        client.request("POST", "/api/chat", body=simulator.chat(MODEL, tokens=LINES_READ_LATER, stream=True))
        simulator.wait_for("streaming", "==", 1)
        stalled(simulator, foreman)
        lines = client.answer().lines()
    assert len(lines) == LINES_READ_LATER + 1
    assert lines[-1]["done"]
    assert lines[-1]["eval_count"] == LINES_READ_LATER


def test_others_are_served_meanwhile(start_foreman, start_simulator):
    simulator = start_simulator(parallel=2)
    foreman = start_foreman(simulator, capacity=2)
    with foreman.connect(receive_buffer=4096) as slow:
        slow.request("POST", "/api/chat", body=simulator.chat(MODEL, tokens=TOKENS, stream=True))
        simulator.wait_for("streaming", "==", 1)
        stalled(simulator, foreman)
        options = {"num_predict": 500, "num_ctx": TOKENS}  # another context would be another load
        quick = foreman.call("POST", "/api/chat", body=simulator.chat(MODEL, stream=True, options=options))
        assert quick.lines()[-1]["done"]


def test_an_upload_that_ollama_does_not_read_waits_too(start_foreman, simulator):
    """The same window the other way: a blob that upstream takes slowly is not collected here."""
    foreman = start_foreman(simulator, build="plain")
    assert foreman.call("GET", "/api/version").status == 200
    simulator.fault("blackhole", path="/api/blobs/*")
    before = foreman.rss()
    block = b"x" * (1 << 20)
    with foreman.connect(timeout=1) as client:
        client.send(f"POST /api/blobs/sha256:{'0' * 64} HTTP/1.1\r\nHost: localhost\r\n"
                    f"Content-Length: {1 << 30}\r\n\r\n".encode())
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 1 << 30:
                client.send(block)
                sent += len(block)
        assert sent < 64 << 20
        assert foreman.peak_rss() - before <= GROWTH_EACH
        client.abort()  # a FIN would wait behind what nobody reads; a reset does not
    foreman.wait_quiet()
