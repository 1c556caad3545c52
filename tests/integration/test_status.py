# SPDX-License-Identifier: MIT
"""What foreman tells of itself."""
import contextlib
import datetime
import re

import pytest

from harness import wait

MODEL = "llama3.2:3b"
HEALTHY = b'{"status":"ok","degraded":false}'


def parse_time(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def test_healthz_to_the_byte(foreman):
    answer = foreman.call("GET", "/healthz")
    assert (answer.status, answer.body) == (200, HEALTHY)
    assert answer.header("content-type").startswith("application/json")


def test_healthz_while_ollama_is_away(start_foreman, simulator):
    foreman = start_foreman(simulator, poll_interval="100ms")
    simulator.fault("refuse", times=0)
    wait.until(lambda: foreman.health()["degraded"], what="degraded")
    answer = foreman.call("GET", "/healthz")
    assert answer.status == 200
    health = answer.json()
    assert health["status"] == "ok"
    assert health["reason"]
    assert abs((parse_time(health["since"]) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) < 30
    assert foreman.call("GET", "/readyz").status == 503
    simulator.clear_faults()
    wait.until(lambda: not foreman.health()["degraded"], what="recovered")
    assert foreman.call("GET", "/healthz").body == HEALTHY
    assert foreman.call("GET", "/readyz").status == 200


def test_status(foreman, simulator):
    status = foreman.status()
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", status["version"])
    parse_time(status["started_at"])
    assert status["target"].rstrip("/") == simulator.url
    assert status["degraded"] is False
    parse_time(status["last_poll"])
    assert isinstance(status["resident"], list)
    gate = status["gate"]
    assert (gate["capacity"], gate["running"], gate["waiting_count"], gate["waiting"]) == ("1", [], 0, [])
    assert status["counters"]["connections"] == 1


def test_who_waits_is_shown_page_by_page(foreman, simulator):
    simulator.hold("prefill")
    with contextlib.ExitStack() as stack:
        for number in range(26):
            connection = stack.enter_context(foreman.connect())
            connection.request("POST", "/api/chat", body=simulator.chat(MODEL))
            wait.until(lambda: sum(foreman.gate()[key] for key in ("running", "waiting")) == number + 1,
                       what=f"{number + 1} at the gate")
        gate = foreman.gate()
        assert (gate["running"], gate["waiting"], len(gate["queue"])) == (1, 25, 20)
        first = gate["queue"][0]
        assert first["model"] == MODEL
        assert first["client"] == "local"
        parse_time(first["enqueued_at"])
        assert "Hello" not in foreman.call("GET", "/status").body.decode(), "no prompt text"
        seen, after = [], ""
        while after is not None:
            page = foreman.get(f"/queue?limit=10{after}")
            assert page["waiting_count"] == 25
            seen += page["waiting"]
            after = f"&after={page['next']}" if page["next"] else None
        assert len(seen) == len({item["request_id"] for item in seen}) == 25
        assert [item["enqueued_at"] for item in seen] == sorted(item["enqueued_at"] for item in seen)
        simulator.open("prefill")


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "limit=1000000"])
def test_bad_pages_are_refused(foreman, query):
    answer = foreman.call("GET", f"/queue?{query}")
    assert answer.status == 400
    assert answer.json()["error"]


def test_tags_and_ps_are_ollamas_own_bytes(foreman, simulator):
    assert foreman.call("POST", "/api/chat", body=simulator.chat(MODEL, stream=False, keep_alive=-1)).status == 200
    for path in ("/api/tags", "/api/ps"):
        wait.until(lambda: foreman.call("GET", path).body == simulator.call("GET", path).body, what=f"{path} is fresh")


def test_a_list_that_is_not_known_yet_is_fetched(start_foreman, simulator):
    """The first poll fails and the next is an hour away: who asks now gets what Ollama says now."""
    simulator.fault("status", status=500, path="/api/tags")
    foreman = start_foreman(simulator, poll_interval="1h", polled=False)
    simulator.wait_for("faulted", "==", 1)
    answer = foreman.call("GET", "/api/tags")
    assert answer.status == 200
    assert answer.body == simulator.call("GET", "/api/tags").body


def test_a_model_that_appears_is_found(foreman, simulator):
    assert foreman.call("POST", "/api/chat", body=simulator.chat("new:1b")).status == 404
    simulator.add_model("new:1b")
    assert foreman.call("POST", "/api/chat", body=simulator.chat("new:1b")).status == 200


def test_a_model_that_disappears_is_ollamas_to_tell(foreman, simulator):
    simulator.remove_model(MODEL)
    answer = foreman.call("POST", "/api/chat", body=simulator.chat(MODEL))
    assert answer.status == 404
    assert answer.json() == {"error": f"model '{MODEL}' not found"}


def test_an_unload_shows_in_ps(foreman, simulator):
    assert foreman.call("POST", "/api/chat", body=simulator.chat(MODEL, stream=False)).status == 200
    assert [model["name"] for model in foreman.get("/api/ps")["models"]] == [MODEL]
    assert foreman.call("POST", "/api/generate", body={"model": MODEL, "keep_alive": 0}).status == 200
    wait.until(lambda: foreman.get("/api/ps")["models"] == [], within=10, what="ps is empty")


SAMPLE = re.compile(r"^([a-z_][a-z0-9_]*)(\{[^}]*\})? (-?[0-9.e+-]+|NaN|[+-]Inf)$")


def metrics(foreman):
    """Name and labels of every sample, with its value."""
    answer = foreman.call("GET", "/metrics")
    assert answer.status == 200
    assert answer.header("content-type").startswith("text/plain; version=0.0.4")
    samples, typed = {}, set()
    for line in answer.body.decode().splitlines():
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        elif line and not line.startswith("#"):
            match = SAMPLE.match(line)
            assert match, line
            assert re.sub(r"_(bucket|sum|count)$", "", match[1]) in typed or match[1] in typed, line
            samples[match[1] + (match[2] or "")] = float(match[3])
    return samples


def test_metrics_are_prometheus_text(foreman, simulator):
    before = metrics(foreman)
    assert foreman.call("POST", "/api/chat", body=simulator.chat(MODEL, tokens=5)).status == 200
    after = metrics(foreman)
    assert all(name.startswith(("foreman_", "process_")) for name in after)
    assert any("build_info" in name for name in after)
    grown = [name for name in after if after[name] > before.get(name, 0)]
    assert any("requests_total" in name for name in grown), grown


def test_model_labels_are_capped(foreman, simulator):
    for number in range(300):
        foreman.call("POST", "/api/chat", body=simulator.chat(f"made-up-{number}"))
    assert sum("made-up" in name for name in metrics(foreman)) <= 100
