# SPDX-License-Identifier: MIT
"""Settings: one clear line and exit 78 for a bad one, and what a reload changes."""
import signal
import socket

import pytest

from harness import wait
from harness.foreman import Foreman
from harness.simulator import headers

EX_CONFIG = 78


@pytest.fixture
def refused(started, simulator):
    """A function that starts foreman with bad settings; its one line on stderr."""

    def start(**settings):
        foreman = started.add(Foreman(started.folder_for("foreman"), simulator.url, **settings))
        assert foreman.wait() == EX_CONFIG, foreman.stderr()
        lines = foreman.stderr().splitlines()
        assert len(lines) == 1, lines
        return lines[0]

    return start


@pytest.mark.parametrize("key, value", [
    ("addr", "nonsense"), ("addr", "127.0.0.1:99999"), ("addr", "not.an.address:80"), ("ollama_url", "ftp://x"),
    ("ollama_url", ""), ("capacity", "0"), ("capacity", "many"), ("capacity", "1,qwen3:8b"), ("max_queue", "-1"),
    ("max_connections", "0"), ("max_body", "64 parsecs"), ("poll_interval", "30"), ("poll_interval", "-1s"),
    ("drain_timeout", "soon"), ("trusted", "192.168.1.0/99"), ("trusted", "10.0.0.0/8:everything"),
    ("log_level", "loud"), ("log_format", "xml"), ("allow_unauthenticated", "perhaps"),
    ("tokens_file", "/nonexistent/tokens"),
])
def test_a_bad_value_is_one_line_and_78(refused, key, value):
    line = refused(**{key: value})
    assert f"FOREMAN_{key.upper()}" in line
    if value and key != "tokens_file":
        assert value in line


def test_the_line_never_shows_a_secret(refused):
    line = refused(token="secret with a space")
    assert "FOREMAN_TOKEN" in line
    assert "secret with" not in line


def test_listening_for_everybody_needs_a_token(refused):
    line = refused(addr="0.0.0.0:0")
    for key in ("FOREMAN_TOKEN", "FOREMAN_TRUSTED", "FOREMAN_ALLOW_UNAUTHENTICATED"):
        assert key in line


@pytest.mark.parametrize("settings", [
    {"token": "x" * 20}, {"trusted": "10.0.0.0/8"}, {"allow_unauthenticated": "1"},
], ids=lambda settings: next(iter(settings)))
def test_and_starts_with_one_or_something_like_it(start_foreman, simulator, settings):
    foreman = start_foreman(simulator, addr="0.0.0.0:0", **settings)
    assert foreman.call("GET", "/healthz").status == 200


def test_it_says_where_it_is(foreman, simulator):
    assert f"serving {foreman.url} for Ollama at {simulator.url}" in foreman.stderr()


def test_an_address_in_use_names_the_key(refused):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = refused(addr=f"127.0.0.1:{port}")
    assert "FOREMAN_ADDR" in line
    assert str(port) in line


def test_in_front_of_itself(refused):
    """Equal addresses would be a loop."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = refused(addr=f"127.0.0.1:{port}", ollama_url=f"http://localhost:{port}")
    assert "FOREMAN_OLLAMA_URL" in line


def test_in_front_of_itself_by_a_detour(start_foreman, simulator):
    """What equal addresses do not show, the answer 508 does: a second foreman that leads back to the first."""
    first = start_foreman(simulator)
    second = start_foreman(first.url)
    answer = second.call("GET", "/api/version")
    assert answer.status == 200
    (request,) = simulator.requests("/api/version")
    own = headers(request)["via"][0].split(",")[-1].strip()
    assert first.call("GET", "/api/version", [("Via", own)]).status == 508


def test_an_unknown_key_is_a_warning_with_the_nearest_name(start_foreman, simulator):
    foreman = start_foreman(simulator, environment={"FOREMAN_MAX_QUEU": "3"})
    assert "FOREMAN_MAX_QUEUE" in foreman.stderr()
    assert "FOREMAN_MAX_QUEU" in foreman.stderr()


def test_the_file_counts_less_than_the_environment(start_foreman, simulator, tmp_path):
    file = tmp_path / "foreman.conf"
    file.write_text("[foreman]\ncapacity = 2\nhosts = from.the.file\n")
    foreman = start_foreman(simulator, arguments=["--config", file], capacity="7")
    assert foreman.gate()["capacity"] == "7"
    assert foreman.call("GET", "/api/tags", [("Host", "from.the.file")]).status == 200


def write_setting(foreman, **settings):
    lines = [f"{key} = {value}" for key, value in settings.items()]
    (foreman.folder / "config" / "foreman.conf").write_text("\n".join(["[foreman]", *lines, ""]))


def test_a_reload_changes_what_can_change(foreman):
    assert foreman.call("GET", "/api/tags", [("Host", "new.example")]).status == 403
    write_setting(foreman, hosts="new.example")
    foreman.reload()
    wait.until(lambda: foreman.call("GET", "/api/tags", [("Host", "new.example")]).status == 200, what="the reload")


def test_a_reload_changes_how_often_ollama_is_asked(foreman):
    before = foreman.status()["last_poll"]
    write_setting(foreman, poll_interval="100ms")
    foreman.reload()
    wait.until(lambda: foreman.status()["last_poll"] != before, what="a poll long before its old time")


def test_a_reload_warms_another_embedding_model(foreman, simulator):
    assert simulator.requests("/api/embed") == []
    write_setting(foreman, embed_model="nomic-embed-text")
    foreman.reload()
    wait.until(lambda: simulator.requests("/api/embed"), what="the model is warmed")


def test_a_bad_reload_changes_nothing(foreman):
    write_setting(foreman, hosts="new.example", max_body="much")
    foreman.reload()
    foreman.wait_for_log("MAX_BODY")
    assert foreman.call("GET", "/api/tags", [("Host", "new.example")]).status == 403
    assert foreman.health()["status"] == "ok"


def test_a_second_signal_ends_it_at_once(start_foreman, simulator):
    simulator.hold("prefill")
    foreman = start_foreman(simulator, drain_timeout="10m")
    with foreman.connect() as client:
        client.request("POST", "/api/chat", body=simulator.chat("llama3.2:3b"))
        wait.until(lambda: foreman.gate()["running"] == 1, what="the chat runs")
        foreman.signal(signal.SIGTERM)
        foreman.wait_for_log("drain")
        foreman.signal(signal.SIGTERM)
        assert foreman.wait(within=5) == 0
    simulator.open("prefill")
