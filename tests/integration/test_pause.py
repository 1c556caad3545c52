# SPDX-License-Identifier: MIT
"""Pausing work, emptying the box, and residency by hand."""
import datetime

import pytest

from harness import jobs, wait

EMBED = "nomic-embed-text:latest"


def act(foreman, route, status=200, **body):
    answer = foreman.call("POST", route, body=body)
    assert answer.status == status, f"{answer.status} {answer.body!r}"
    return answer.json()


def resident(foreman):
    return {model["name"] for model in foreman.get("/api/ps")["models"]}


def assert_paused(answer, least=1, most=60):
    assert answer.status == 503
    assert least <= int(answer.header("retry-after")) <= most
    assert "paused" in answer.body.decode()


def test_paused_jobs_wait_and_chats_do_not(foreman, simulator):
    assert foreman.get("/pause") == {"scope": "none", "until": None}
    assert act(foreman, "/pause") == {"scope": "jobs", "until": None}
    job = jobs.submit(foreman)
    assert foreman.call("POST", "/api/chat", body=simulator.chat(jobs.MODEL)).status == 200
    assert jobs.get(foreman, job)["state"] == "queued"
    assert foreman.status()["pause"] == {"scope": "jobs", "until": None}
    assert act(foreman, "/resume") == {"scope": "none", "until": None}
    jobs.finish(foreman, job)


def test_a_job_that_runs_goes_on_unless_it_is_now(foreman, simulator):
    simulator.hold("tokens")
    job = jobs.submit(foreman)
    simulator.wait_for("chat_in_flight", "==", 1)
    act(foreman, "/pause")
    assert jobs.get(foreman, job)["state"] in ("loading", "working")
    act(foreman, "/pause", now=True)
    jobs.wait_for_state(foreman, job, "queued")
    simulator.wait_for("aborted", "==", 1)
    found = jobs.get(foreman, job)
    assert (found["reason"], found["attempt"]) == ("paused", 0)
    simulator.open("tokens")
    act(foreman, "/resume")
    jobs.finish(foreman, job)


def test_all_holds_chats_off(foreman, simulator):
    simulator.hold("tokens")
    with foreman.connect() as running, foreman.connect() as waiting:
        running.request("POST", "/api/chat", body=simulator.chat(jobs.MODEL))
        simulator.wait_for("chat_in_flight", "==", 1)
        waiting.request("POST", "/v1/chat/completions", body=simulator.chat(jobs.MODEL))
        wait.until(lambda: foreman.gate()["waiting"] == 1, what="one that waits")
        until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=3)
        found = act(foreman, "/pause", scope="all", **{"for": "3h"})
        assert abs((datetime.datetime.fromisoformat(found["until"].replace("Z", "+00:00")) - until).total_seconds()) < 30
        assert_paused(waiting.answer(), 3 * 3600 - 30, 3 * 3600)
        simulator.open("tokens")
        assert running.answer().status == 200
    for route, body in (
        ("/api/chat", simulator.chat(jobs.MODEL)), ("/api/embed", {"model": EMBED, "input": "x"}),
        ("/models/load", {"model": jobs.MODEL}),
    ):
        assert_paused(foreman.call("POST", route, body=body), 3 * 3600 - 30, 3 * 3600)
    assert foreman.call("POST", "/api/generate", body={"model": jobs.MODEL, "keep_alive": 0}).status == 200
    assert foreman.call("GET", "/api/tags").status == 200
    act(foreman, "/resume")
    assert foreman.call("POST", "/api/chat", body=simulator.chat(jobs.MODEL)).status == 200


def test_a_pause_ends_by_itself(foreman, simulator):
    job = jobs.submit(foreman, run_at="2999-01-01T00:00:00Z")
    act(foreman, "/pause", scope="all", **{"for": "300ms"})
    assert_paused(foreman.call("POST", "/api/chat", body=simulator.chat(jobs.MODEL)), 1, 1)
    wait.until(lambda: foreman.get("/pause")["scope"] == "none", what="its end")
    foreman.call("PATCH", f"/jobs/{job}", body={"run_at": None})
    jobs.finish(foreman, job)


def test_a_pause_survives_a_restart(start_foreman, simulator, tmp_path):
    database = tmp_path / "foreman.db"
    foreman = start_foreman(simulator, db=database)
    act(foreman, "/pause", until="2999-01-01T00:00:00Z")
    job = jobs.submit(foreman)
    assert foreman.stop() == 0
    foreman = start_foreman(simulator, db=database)
    wait.until(lambda: foreman.get("/pause")["scope"] == "jobs", what="the pause")
    assert foreman.get("/pause")["until"].startswith("2999-01-01T00:00:00")
    assert jobs.get(foreman, job)["state"] == "queued"
    act(foreman, "/resume")
    jobs.finish(foreman, job)


def test_the_box_is_emptied_and_stays_empty(start_foreman, simulator):
    foreman = start_foreman(simulator, embed_model=EMBED, poll_interval="100ms")
    assert foreman.call("POST", "/api/chat", body=simulator.chat(jobs.MODEL)).status == 200
    wait.until(lambda: resident(foreman) == {jobs.MODEL, EMBED}, what="both models")
    found = act(foreman, "/pause", scope="all", unload=True)
    assert set(found["unloaded"]) == {jobs.MODEL, EMBED}
    wait.until(lambda: not resident(foreman), what="an empty box")
    simulator.fault("refuse", times=0)
    wait.until(lambda: foreman.health()["degraded"], what="degraded")
    simulator.clear_faults()
    wait.until(lambda: not foreman.health()["degraded"], what="recovered")
    polls = len(simulator.requests("/api/tags"))
    wait.until(lambda: len(simulator.requests("/api/tags")) > polls + 2, what="polls")
    assert not resident(foreman)
    act(foreman, "/resume")
    wait.until(lambda: resident(foreman) == {EMBED}, what="the embedder again")


@pytest.mark.parametrize("body, field", [
    ({"scope": "none"}, "scope"), ({"for": "0"}, "for"), ({"for": "-1h"}, "for"), ({"for": "1h", "until": "2999-01-01T00:00:00Z"}, "until"),
    ({"until": "2001-01-01T00:00:00Z"}, "until"), ({"until": "soon"}, "until"), ({"now": "yes"}, "now"), ({"scop": "all"}, None),
])
def test_what_is_no_pause(shared, body, field):
    answer = shared[1].call("POST", "/pause", body=body)
    assert answer.status == 400 and answer.json().get("field") == field
    assert shared[1].get("/pause")["scope"] == "none"


@pytest.mark.parametrize("model", [jobs.MODEL, EMBED])
def test_models_are_loaded_and_unloaded(foreman, simulator, model):
    assert act(foreman, "/models/load", model=model, keep_alive=-1) == {"model": model, "loaded": True}
    assert resident(foreman) == {model}
    load = [request for request in simulator.requests() if request["method"] == "POST"][-1]
    assert '"keep_alive":-1' in load["body"]
    assert act(foreman, "/models/unload", model=model) == {"model": model, "unloaded": True}
    wait.until(lambda: not resident(foreman), what="an empty box")


def test_a_load_waits_for_its_turn(foreman, simulator):
    simulator.hold("tokens")
    with foreman.connect() as chat, foreman.connect() as load:
        chat.request("POST", "/api/chat", body=simulator.chat(jobs.MODEL))
        simulator.wait_for("chat_in_flight", "==", 1)
        load.request("POST", "/models/load", body={"model": "qwen3:8b", "keep_alive": "10m"})
        wait.until(lambda: foreman.gate()["waiting"] == 1, what="the load in the queue")
        simulator.open("tokens")
        assert chat.answer().status == load.answer().status == 200
    assert "qwen3:8b" in resident(foreman)


@pytest.mark.parametrize("route", ["/models/load", "/models/unload"])
def test_models_that_are_not_there(shared, route):
    assert shared[1].call("POST", route, body={"model": "none"}).status == 404
    for body in ({}, {"model": ""}, {"model": "a b"}, {"model": 1.5, "x": 1}):
        assert shared[1].call("POST", route, body=body).status == 400
