# SPDX-License-Identifier: MIT
"""Who is let in: tokens, networks, Host and Origin."""
import os

import pytest

from harness import wait, wire
from harness.simulator import headers
from harness.tokens import tokens_file

TOKEN = "correct-horse-battery"
CHAT_MODEL = "llama3.2:3b"


def bearer(token):
    return [("Authorization", f"Bearer {token}")]


@pytest.fixture
def guarded(start_foreman, simulator):
    return start_foreman(simulator, token=TOKEN)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/"])
def test_some_routes_never_need_a_token(guarded, path):
    assert guarded.call("GET", path).status == 200


@pytest.mark.parametrize("method, path", [
    ("GET", "/api/tags"), ("GET", "/api/ps"), ("GET", "/api/version"), ("POST", "/api/chat"), ("POST", "/api/embed"),
    ("POST", "/v1/chat/completions"), ("GET", "/status"), ("GET", "/queue"), ("GET", "/metrics"),
    ("DELETE", "/api/delete"), ("POST", "/api/pull"), ("GET", "/no/such/route"),
])
def test_all_others_do(guarded, simulator, method, path):
    simulator.forget()
    answer = guarded.call(method, path, body={} if method != "GET" else None)
    assert answer.status == 401
    assert "FOREMAN_TOKEN" in answer.body.decode()
    assert all(request["path"] in ("/api/tags", "/api/ps") for request in simulator.requests())


@pytest.mark.parametrize("sent", [
    bearer(TOKEN), [("authorization", f"bearer {TOKEN}")], [("X-Api-Key", TOKEN)], [("x-api-key", TOKEN)],
], ids=["bearer", "lower case", "x-api-key", "lower case x-api-key"])
def test_a_token_lets_in(guarded, sent):
    assert guarded.call("GET", "/api/tags", sent).status == 200


@pytest.mark.parametrize("sent", [
    bearer("wrong"), bearer(TOKEN[:-1]), bearer(TOKEN + "x"), bearer(TOKEN.upper()), [("X-Api-Key", "wrong")],
    [("Authorization", TOKEN)], [("Authorization", "Basic Zm9vOmJhcg==")], bearer(""),
], ids=["another", "shorter", "longer", "upper case", "x-api-key", "no scheme", "basic", "empty"])
def test_nothing_else_does(guarded, sent):
    assert guarded.call("GET", "/api/tags", sent).status == 401


def test_a_token_in_the_path(guarded, simulator):
    assert guarded.call("GET", f"/as/{TOKEN}/api/tags").status == 200
    assert guarded.call("GET", "/as/wrong/api/tags").status == 401
    simulator.forget()
    answer = guarded.call("POST", f"/as/{TOKEN}/api/show?verbose=1", body={"model": CHAT_MODEL})
    assert answer.status == 200
    paths = [request["path"] for request in simulator.requests()]
    assert not [path for path in paths if "/as/" in path]
    assert [path for path in paths if path.startswith("/api/show")]


def test_a_token_is_never_in_the_log(start_foreman, simulator):
    foreman = start_foreman(simulator, token=TOKEN, log_level="debug")
    for target, sent in [
        (f"/as/{TOKEN}/api/tags", ()), ("/api/tags", bearer(TOKEN)), ("/api/tags", [("X-Api-Key", TOKEN)]),
        (f"/as/{TOKEN}x/api/tags", ()), ("/api/tags", bearer(TOKEN + "x")),
    ]:
        foreman.call("GET", target, sent)
    assert foreman.stop() == 0
    assert TOKEN not in foreman.stderr()


def test_the_callers_token_does_not_travel(start_foreman, simulator):
    foreman = start_foreman(simulator, token=TOKEN, ollama_token="upstream-secret")
    simulator.forget()
    assert foreman.call("POST", "/api/show", bearer(TOKEN), body={"model": CHAT_MODEL}).status == 200
    (request,) = simulator.requests("/api/show")
    assert headers(request)["authorization"] == ["Bearer upstream-secret"]
    assert TOKEN not in str(request)


def test_without_tokens_a_key_means_nothing(foreman):
    """Many clients cannot be stopped from sending some key."""
    assert foreman.call("GET", "/api/tags", bearer("ollama")).status == 200


SCOPED = [
    # method, path, body, what each of inference, jobs, manage and admin gets
    ("GET", "/api/tags", None, "inference admin"),
    ("GET", "/status", None, "inference admin"),
    ("POST", "/api/show", {"model": CHAT_MODEL}, "inference admin"),
    ("GET", "/metrics", None, "admin"),
    ("POST", "/api/copy", {"source": CHAT_MODEL, "destination": "copied"}, "manage admin"),
    ("GET", "/no/such/route", None, "manage admin"),
]


@pytest.mark.parametrize("method, path, body, allowed", SCOPED, ids=[row[1] for row in SCOPED])
def test_scopes(start_foreman, simulator, tmp_path, method, path, body, allowed):
    scopes = ("inference", "jobs", "manage", "admin")
    file = tokens_file(tmp_path, **{f"token-{scope}": scope for scope in scopes})
    foreman = start_foreman(simulator, tokens_file=file)
    for scope in scopes:
        status = foreman.call(method, path, bearer(f"token-{scope}"), body).status
        if scope in allowed.split():
            assert status not in (401, 403), scope
        else:
            assert status == 403, scope


def test_tokens_are_read_again_on_sighup(start_foreman, simulator, tmp_path):
    file = tokens_file(tmp_path, early="inference")
    foreman = start_foreman(simulator, tokens_file=file)
    assert foreman.call("GET", "/api/tags", bearer("early")).status == 200
    tokens_file(tmp_path, late="inference")
    foreman.reload()
    wait.until(lambda: foreman.call("GET", "/api/tags", bearer("early")).status == 401, what="the old token is gone")
    assert foreman.call("GET", "/api/tags", bearer("late")).status == 200


def test_trusted_networks_need_no_token(start_foreman, simulator):
    foreman = start_foreman(simulator, token=TOKEN, trusted="127.0.0.2/32:inference,127.0.0.3/32:inference+manage")
    copy = {"source": CHAT_MODEL, "destination": "copied"}
    assert foreman.call("GET", "/api/tags", source="127.0.0.2").status == 200
    assert foreman.call("POST", "/api/copy", body=copy, source="127.0.0.2").status == 403
    assert foreman.call("POST", "/api/copy", body=copy, source="127.0.0.3").status == 200
    assert foreman.call("GET", "/api/tags", source="127.0.0.4").status == 401


@pytest.mark.parametrize("host, status", [
    ("localhost", 200), ("localhost:8080", 200), ("127.0.0.1", 200), ("[::1]:80", 200), ("192.168.1.7", 200),
    ("box.local", 200), ("x.localhost", 200), ("a.internal", 200), ("LOCALHOST", 200), ("ollama.lan", 200),
    ("evil.example", 403), ("127.0.0.1.evil.example", 403), ("8.8.8.8", 403), ("localhost.evil.example:8080", 403),
])
def test_hosts_without_a_token(start_foreman, simulator, host, status):
    foreman = start_foreman(simulator, hosts="ollama.lan")
    answer = foreman.call("GET", "/api/tags", [("Host", host)])
    assert answer.status == status
    if status == 403:
        assert "FOREMAN_HOSTS" in answer.body.decode()


def test_any_host_with_a_token(guarded):
    assert guarded.call("GET", "/api/tags", [("Host", "evil.example"), *bearer(TOKEN)]).status == 200


@pytest.mark.parametrize("origin, status", [
    ("http://localhost", 200), ("http://localhost:3000", 200), ("https://127.0.0.1:1", 200), ("app://obsidian.md", 200),
    ("tauri://x", 200), ("vscode-webview://x", 200), ("https://chat.example", 200),
    ("https://evil.example", 403), ("null", 403), ("http://localhost.evil.example", 403),
])
def test_origins_without_a_token(start_foreman, simulator, origin, status):
    foreman = start_foreman(simulator, origins="https://chat.example")
    simulator.forget()
    answer = foreman.call("POST", "/api/show", [("Origin", origin)], {"model": CHAT_MODEL})
    assert answer.status == status
    if status == 403:
        assert "FOREMAN_ORIGINS" in answer.body.decode()
        assert not simulator.requests("/api/show")
    else:
        assert len(answer.header_values("access-control-allow-origin")) == 1
        assert "origin" not in headers(simulator.requests("/api/show")[0])


def test_a_preflight_needs_no_token(guarded):
    sent = [("Origin", "http://localhost:3000"), ("Access-Control-Request-Method", "POST")]
    answer = guarded.call("OPTIONS", "/api/chat", sent)
    assert answer.status == 204
    assert "authorization" in answer.header("access-control-allow-headers").lower()


def test_a_unix_socket_serves_its_owner(start_foreman, simulator, tmp_path):
    path = tmp_path / "foreman.sock"
    foreman = start_foreman(simulator, token=TOKEN, addr=f"127.0.0.1:0,unix:{path}")
    assert wire.call(str(path), "GET", "/api/tags").status == 200
    assert foreman.call("GET", "/api/tags").status == 401
    assert foreman.stop() == 0
    assert not os.path.exists(path)
