# SPDX-License-Identifier: MIT
"""Clients without manners: what they get, what is left of them, and that nobody else notices."""
import contextlib
import json
import re
import resource
import socket

import pytest

from harness import wait, wire
from harness.simulator import headers

MODEL = "llama3.2:3b"
BLOB = "/api/blobs/sha256:" + "0" * 64


@pytest.fixture
def clients():
    with contextlib.ExitStack() as stack:
        yield stack


def disconnects(foreman, stage):
    text = foreman.call("GET", "/metrics").body.decode()
    found = re.search(rf'^foreman_disconnects_total{{stage="{stage}"}} (\d+)', text, re.M)
    return int(found.group(1)) if found else 0


def assert_as_before(foreman):
    wait.until(lambda: foreman.status()["counters"]["connections"] == 1, what="they are gone")
    assert foreman.status()["counters"]["buffered_bytes"] == 0
    assert (foreman.gate()["running"], foreman.gate()["waiting"]) == (0, 0)


# Leaving.

LEAVING = {
    "body": b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
    "chunk": b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
    "form": b"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100\r\n\r\n--x\r\n",
}


@pytest.mark.parametrize("leave", ["close", "abort", "half_close"])
@pytest.mark.parametrize("stage", LEAVING)
def test_in_the_middle_of_a_body(foreman, simulator, clients, stage, leave):
    """It is the client who left, no failure of anybody's."""
    client = clients.enter_context(foreman.connect())
    client.send(LEAVING[stage])
    wait.until(lambda: foreman.status()["counters"]["connections"] == 2, what="it is here")
    getattr(client, leave)()
    wait.until(lambda: disconnects(foreman, "reading") == 1, within=1, what="it is counted")
    assert "status=502" not in foreman.stderr()
    if leave == "half_close":
        assert client.wait_closed()
    assert_as_before(foreman)


@pytest.mark.parametrize("leave", ["close", "abort", "half_close"])
def test_in_the_middle_of_an_upload(foreman, simulator, clients, leave):
    client = clients.enter_context(foreman.connect())
    client.send(f"POST {BLOB} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx".encode())
    wait.until(lambda: simulator.requests(BLOB), what="it has reached Ollama")
    getattr(client, leave)()
    simulator.wait_for("aborted", "==", 1, within=1)
    wait.until(lambda: disconnects(foreman, "waiting") == 1, within=1, what="it is counted")
    assert not foreman.health()["degraded"]
    assert_as_before(foreman)


def test_half_closing_behind_a_request_is_leaving(foreman, simulator, clients):
    """As it is to Ollama; but what can be answered at once is answered."""
    client = clients.enter_context(foreman.connect())
    client.request("POST", "/api/chat", body=simulator.chat(MODEL, tokens=100_000, stream=True))
    client.half_close()
    while client._more():
        pass
    wait.until(lambda: foreman.gate()["running"] == 0, within=1, what="the gate is free")
    for path in ("/healthz", "/api/tags", "/api/ps", "/status"):
        with foreman.connect() as quick:
            quick.request("GET", path)
            quick.half_close()
            assert quick.answer().status == 200, path
            assert quick.wait_closed()


# Framing.

def test_a_pipelined_chat_waits_for_the_one_before(foreman, simulator, clients):
    chat = wire.request_bytes("POST", "/api/chat", body=simulator.chat(MODEL, stream=True))
    client = clients.enter_context(foreman.connect())
    client.send(chat + wire.request_bytes("HEAD", "/api/version") + chat + wire.request_bytes("GET", "/healthz"))
    assert client.answer().lines()[-1]["done"]
    assert client.answer("HEAD").status == 200
    assert client.answer().lines()[-1]["done"]
    assert client.answer().json() == {"status": "ok", "degraded": False}
    assert simulator.metric("chat_in_flight_max") == 1


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/status", "/metrics", "/queue", "/api/tags", "/api/version"])
def test_head_says_what_get_would(foreman, path, clients):
    client = clients.enter_context(foreman.connect())
    client.request("GET", path)
    whole = client.answer()
    client.request("HEAD", path)
    head = client.answer("HEAD")
    assert head.status == whole.status == 200
    assert head.header("content-type") == whole.header("content-type")
    if path not in ("/status", "/metrics"):
        assert head.header("content-length") == whole.header("content-length") == str(len(whole.body))
    client.request("GET", "/healthz")
    assert client.answer().status == 200, "not a byte of a body came behind the head"


def test_http_1_0(foreman, simulator, clients):
    body = json.dumps(simulator.chat(MODEL, stream=True)).encode()
    head = f"POST /api/chat HTTP/1.0\r\nContent-Length: {len(body)}\r\n".encode()
    with foreman.connect() as client:
        client.send(head + b"\r\n" + body)
        answer = client.answer()
        assert (answer.minor, answer.header("transfer-encoding"), answer.header("connection")) == (0, None, None)
        assert answer.lines()[-1]["done"]
        assert not client.was_reset
    with foreman.connect() as client:
        client.send(head + b"Connection: keep-alive\r\n\r\n" + body)
        assert client.answer().lines()[-1]["done"]
    with foreman.connect() as client:
        for _ in range(2):
            client.send(b"GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            answer = client.answer()
            assert (answer.status, answer.header("connection").lower()) == (200, "keep-alive")


def test_http_1_0_learns_of_a_broken_stream(foreman, simulator, clients):
    """Its answer ends with the connection: an error in it is all there is to tell."""
    simulator.fault("reset", after_chunks=2)
    body = json.dumps(simulator.chat(MODEL, stream=True)).encode()
    client = clients.enter_context(foreman.connect())
    client.send(f"POST /api/chat HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    assert "error" in client.answer().lines()[-1]


def test_a_pull_that_breaks_off_says_so_in_a_line(foreman, simulator):
    simulator.fault("reset", path="/api/pull", after_chunks=1)
    answer = foreman.call("POST", "/api/pull", body={"model": "new:1b"})
    assert answer.status == 200
    assert answer.header("content-type") == "application/x-ndjson"
    assert "error" in answer.lines()[-1]


# Answers before the request is whole.

LARGE = 1 << 20


@pytest.mark.parametrize("size, keeps", [(100, True), (LARGE, False)])
@pytest.mark.parametrize("path", ["/api/chat", BLOB, "/api/tags", "/nowhere"])
def test_refused_before_its_body(start_foreman, simulator, clients, path, size, keeps):
    foreman = start_foreman(simulator, token="secret")
    client = clients.enter_context(foreman.connect())
    client.send(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n".encode())
    answer = client.answer()
    assert (answer.status, answer.keeps_alive) == (401, keeps)
    if not keeps:
        with contextlib.suppress(OSError):
            client.send(b"x" * size)
        assert client.wait_closed()
        return
    client.send(b"x" * size)
    client.request("GET", "/healthz")
    assert client.answer().status == 200


@pytest.mark.parametrize("path, status", [("/api/chat", 401), (BLOB, 401)])
def test_refused_instead_of_continue(start_foreman, simulator, clients, path, status):
    """Whether the body comes or not nobody can know: the connection ends."""
    foreman = start_foreman(simulator, token="secret")
    client = clients.enter_context(foreman.connect())
    client.send(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n".encode())
    assert client._until(b"\r\n").startswith(b"HTTP/1.1 401 ")
    client.buffer = b"HTTP/1.1 401 x\r\n" + client.buffer
    assert not client.answer().keeps_alive
    assert client.wait_closed()


def test_a_chunked_body_too_large_in_the_middle(start_foreman, simulator, clients):
    foreman = start_foreman(simulator, max_body="1MiB")
    client = clients.enter_context(foreman.connect())
    client.send(b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(64):
            client.send(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
    assert client.answer().status == 413
    client.close()
    assert_as_before(foreman)


def test_bad_chunks_in_the_middle_of_an_upload(foreman, simulator, clients):
    client = clients.enter_context(foreman.connect())
    client.send(f"POST {BLOB} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n".encode())
    wait.until(lambda: simulator.requests(BLOB), what="it has reached Ollama")
    client.send(b"zz\r\n")
    answer = client.answer()
    assert (answer.status, answer.keeps_alive) == (400, False)
    assert client.wait_closed()
    simulator.wait_for("aborted", "==", 1)
    assert not foreman.health()["degraded"]


# What is kept of them.

def form(model_behind):
    """A form whose model comes behind so many bytes of audio."""
    return (b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + b"a" * model_behind +
            b'\r\n--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nllama3.2:3b\r\n--x--\r\n')


def test_the_beginning_of_a_form_counts(start_foreman, simulator, clients):
    """What is held of a recording while it waits is as much memory as any body."""
    foreman = start_foreman(simulator, max_buffered="800KiB")
    simulator.hold("prefill")
    first = clients.enter_context(foreman.connect())
    first.request("POST", "/api/chat", body=simulator.chat(MODEL))
    simulator.wait_for("chat_in_flight", "==", 1)
    kind = [("Content-Type", "multipart/form-data; boundary=x")]
    waiting = clients.enter_context(foreman.connect())
    waiting.request("POST", "/v1/audio/transcriptions", kind, form(500_000))
    wait.until(lambda: foreman.gate()["waiting"] == 1, what="it waits")
    assert foreman.status()["counters"]["buffered_bytes"] > 500_000
    answer = foreman.call("POST", "/v1/audio/transcriptions", kind, form(500_000))
    assert (answer.status, answer.header("x-should-retry")) == (503, "false")
    waiting.close()
    wait.until(lambda: foreman.gate()["waiting"] == 0, what="it is noticed")
    simulator.open("prefill")
    assert first.answer().status == 200
    first.close()
    assert_as_before(foreman)


# What they may not say.

def test_nothing_of_theirs_breaks_the_log(foreman, simulator):
    foreman.call("GET", "/api/a%0Afake%20request%1b[31m", [("X-Request-Id", "a\tb")])
    foreman.call("POST", "/api/chat", body=simulator.chat("evil\n2026-01-01T00:00:00Z info request\x1b"))
    foreman.call("POST", "/api/chat", body=simulator.chat("x" * 3_000_000))
    foreman.wait_for_log("x" * 200)
    log = foreman.stderr()
    assert "\x1b" not in log
    assert all(len(line) < 5000 for line in log.splitlines())
    assert all(re.match(r"^\d{4}-\d\d-\d\dT[\d:.]+Z (info|warning|error|debug)", line) for line in log.splitlines())


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_token_is_in_no_log(start_foreman, simulator, format):
    secret = "hunter2-" + "z" * 20
    foreman = start_foreman(simulator, token=secret, log_level="debug", log_format=format)
    answer = foreman.call("POST", f"/as/{secret}/api/chat?key={secret}", body=simulator.chat(MODEL, stream=True))
    assert answer.lines()[-1]["done"]
    for target in (f"/as/{secret}", f"/as/{secret}/", f"/as/{secret}x/api/chat", f"/as/{secret}/../api/chat",
                   f"//as/{secret}/api/tags", f"/as/{secret}%2f/api", f"/%61s/{secret}/api/tags", "/as/" + secret + "\x01"):
        with foreman.connect() as client:
            client.send(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            client.answer()
    foreman.call("GET", "/api/tags", [("Authorization", f"Bearer {secret}"), ("X-Api-Key", secret)])
    foreman.call("GET", "/api/tags", [("Authorization", f"Bearer {secret}x")])
    simulator.fault("garbage")
    foreman.call("POST", f"/as/{secret}/api/chat", body=simulator.chat(MODEL))
    assert secret not in foreman.stderr()
    seen = [str(request) for request in simulator.requests()]
    assert not any("/as/" in request for request in seen)
    metrics = foreman.call("GET", "/metrics", [("Authorization", f"Bearer {secret}")]).body.decode()
    assert secret not in metrics


def test_a_loop_is_found_by_its_via(foreman, simulator):
    foreman.call("GET", "/api/version")
    own = headers(simulator.requests("/api/version")[-1])["via"][0]
    for via in (own, f"1.1 other, {own}", f"{own}, 1.0 x"):
        answer = foreman.call("GET", "/api/version", [("Via", via)])
        assert answer.status == 508
    assert foreman.call("GET", "/api/version", [("Via", "1.1 foreman-other")]).status == 200
    assert headers(simulator.requests("/api/version")[-1])["via"] == [f"1.1 foreman-other, {own}"]


def test_cors_headers_come_once(foreman, simulator):
    for path in ("/api/tags", "/api/version", "/healthz", "/nowhere"):
        answer = foreman.call("GET", path, [("Origin", "http://localhost:3000")])
        assert answer.header_values("access-control-allow-origin") == ["http://localhost:3000"], path
        assert answer.header_values("x-request-id") != []
    answer = foreman.call("OPTIONS", "/api/chat", [
        ("Origin", "http://localhost:3000"), ("Access-Control-Request-Method", "POST")])
    assert (answer.status, answer.header("content-length"), answer.header("transfer-encoding")) == (204, None, None)


# Too many of them.

def test_out_of_descriptors(start_foreman, simulator, clients):
    """Who is there goes on, who comes waits, and all is well again when there is room."""
    foreman = start_foreman(simulator)
    busy = clients.enter_context(foreman.connect())
    simulator.hold("tokens")
    busy.request("POST", "/api/chat", body=simulator.chat(MODEL, tokens=5, stream=True))
    simulator.wait_for("chat_in_flight", "==", 1)
    used = foreman.fds()
    before = resource.prlimit(foreman.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(foreman.pid, resource.RLIMIT_NOFILE, (used + 3, before[1]))
    with contextlib.ExitStack() as crowd:
        many = [crowd.enter_context(foreman.connect()) for _ in range(10)]
        foreman.wait_for_log("new clients have to wait")
        simulator.open("tokens")
        assert busy.answer().lines()[-1]["done"]
        many[0].request("POST", "/api/chat", body=simulator.chat(MODEL, stream=True))
        assert many[0].answer().status in (200, 502)
    resource.prlimit(foreman.pid, resource.RLIMIT_NOFILE, before)
    wait.until(lambda: foreman.status()["counters"]["connections"] == 2, what="they are gone")
    assert foreman.call("POST", "/api/chat", body=simulator.chat(MODEL, stream=True)).lines()[-1]["done"]
    assert not foreman.health()["degraded"]


def test_a_full_house_that_is_busy_turns_away(start_foreman, simulator, clients):
    foreman = start_foreman(simulator, max_connections=3)
    simulator.hold("prefill")
    for _ in range(3):
        clients.enter_context(foreman.connect()).request("POST", "/api/chat", body=simulator.chat(MODEL))
    simulator.wait_for("chat_in_flight", "==", 1)
    client = clients.enter_context(foreman.connect())
    answer = client.answer()
    assert (answer.status, answer.header("x-should-retry"), answer.keeps_alive) == (503, "false", False)
    assert "FOREMAN_MAX_CONNECTIONS" in answer.json()["error"]
    assert client.wait_closed()
    simulator.open("prefill")


def test_over_a_unix_socket(start_foreman, simulator, tmp_path, clients):
    path = str(tmp_path / "s")
    foreman = start_foreman(simulator, addr=f"127.0.0.1:0,unix:{path}")
    client = clients.enter_context(wire.Connection(path))
    for _ in range(2):
        client.request("POST", "/api/chat", body=simulator.chat(MODEL, stream=True))
        assert client.answer().lines()[-1]["done"]
    simulator.hold("tokens")
    client.request("POST", "/api/chat", body=simulator.chat(MODEL, stream=True))
    simulator.wait_for("chat_in_flight", "==", 1)
    client.close()
    simulator.wait_for("aborted", "==", 1, within=1)
    simulator.open("tokens")
    assert_as_before(foreman)


def test_a_socket_of_systemds(started, simulator, tmp_path):
    """Descriptor 3 listens already, takes the place of FOREMAN_ADDR and obeys its rules."""
    from harness.foreman import Foreman, program
    import os
    import subprocess

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        environment = {
            **os.environ, "LISTEN_FDS": "1", "FOREMAN_OLLAMA_URL": simulator.url, "HOME": str(tmp_path),
            "XDG_CONFIG_HOME": str(tmp_path), "G_DEBUG": "fatal-criticals",
        }

        def take():
            os.dup2(listener.fileno(), 3)
            os.environ["LISTEN_PID"] = str(os.getpid())

        child = subprocess.Popen([program("asan"), "serve"], env=environment, preexec_fn=take, pass_fds=[3],
                                 stderr=subprocess.PIPE)
        try:
            with wire.Connection(port) as client:
                client.request("GET", "/healthz")
                assert client.answer().status == 200
        finally:
            child.terminate()
            assert child.wait(10) == 0, child.stderr.read()
        child.stderr.close()
