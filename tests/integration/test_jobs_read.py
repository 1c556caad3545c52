# SPDX-License-Identifier: MIT
"""Reading jobs: one, with and without waiting, and lists of them."""
import json
import time

import pytest

from harness import jobs, wait

OTHER = "qwen3:8b"
NO_JOB = "01J00000000000000000000000"


@pytest.fixture(scope="module")
def listed(shared):
    """Jobs of all kinds in the shared foreman, by name."""
    simulator, foreman = shared
    made = {
        "plain": jobs.submit(foreman),
        "grouped": jobs.submit(foreman, group="night", labels={"k": "v", "l": "w:x"}),
        "other": jobs.submit(foreman, model=OTHER, group="night", labels={"k": "other"}),
        "later": jobs.submit(foreman, run_at="2999-01-01T00:00:00Z", group="late"),
    }
    for name in ("plain", "grouped", "other"):
        jobs.finish(foreman, made[name])
    return made


def names(listed, found):
    by_id = {job: name for name, job in listed.items()}
    return [by_id[job["job_id"]] for job in found["jobs"] if job["job_id"] in by_id]


def test_a_job_that_is_done(foreman):
    job = jobs.submit(foreman, group="night", priority=3, labels={"a": "b"})
    found = jobs.finish(foreman, job)
    assert (found["job_id"], found["state"], found["previous_state"]) == (job, "done", "working")
    assert (found["endpoint"], found["model"], found["group"]) == ("/api/chat", jobs.MODEL, "night")
    assert (found["priority"], found["labels"], found["attempt"], found["crashes"]) == (3, {"a": "b"}, 0, 0)
    assert found["error"] is None and found["error_code"] is None
    assert found["result"]["message"]["role"] == "assistant" and found["result"]["done"] is True
    assert found["usage"]["completion_tokens"] == found["result"]["eval_count"] == 8
    [artifact] = found["artifacts"]
    assert (artifact["name"], artifact["inline"], artifact["url"]) == ("completion", found["result"], None)
    assert found["created_at"] <= found["started_at"] <= found["finished_at"] < found["expires_at"]


def test_head_has_no_body(shared):
    _, foreman = shared
    job = jobs.submit(foreman)
    with foreman.connect() as connection:
        connection.request("HEAD", f"/jobs/{job}")
        answer = connection.answer("HEAD")
        assert answer.status == 200 and int(answer.header("content-length")) > 100
        connection.request("GET", "/healthz")
        assert connection.answer().status == 200


@pytest.mark.parametrize("target", [
    f"/jobs/{NO_JOB}", "/jobs/1", "/jobs/cancel", f"/jobs/{NO_JOB}?wait=5s", f"/jobs/{NO_JOB}/request",
    f"/jobs/{NO_JOB}/attempts", f"/jobs/{NO_JOB}/artifacts/completion", f"/jobs/{NO_JOB}/events", "/groups/none",
])
def test_what_is_not_there(shared, target):
    answer = shared[1].call("GET", target)
    assert answer.status == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("query, field", [
    ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("state=ready", "state"), ("state=done,", "state"),
    ("after=1", "after"), ("model=a%20b", "model"), ("satte=done", None), ("state=%ff", None),
])
def test_filters_that_are_none(shared, query, field):
    answer = shared[1].call("GET", f"/jobs?{query}")
    assert answer.status == 400
    error = answer.json()
    assert (error["code"], error.get("field")) == ("invalid_request", field)


@pytest.mark.parametrize("query, expected", [
    ("group=night", ["other", "grouped"]), ("group=night&state=done", ["other", "grouped"]),
    ("group=night&state=failed", []), ("state=scheduled,failed", ["later"]), ("model=Qwen3:8B", ["other"]),
    ("model=qwen3:8b", ["other"]), ("label=k", ["other", "grouped"]), ("label=k:v", ["grouped"]),
    ("label=l:w:x", ["grouped"]), ("label=k:x", []), ("group=none", []),
])
def test_filters(shared, listed, query, expected):
    found = shared[1].get(f"/jobs?{query}&limit=1000")
    assert names(listed, found) == expected
    assert not found["has_more"] and found["next"] is None


def test_pages_have_all_once_newest_first(shared, listed):
    _, foreman = shared
    everything = [job["job_id"] for job in foreman.get("/jobs?limit=1000")["jobs"]]
    assert everything == sorted(everything, reverse=True) and set(listed.values()) <= set(everything)
    found, after = [], ""
    while True:
        page = foreman.get(f"/jobs?limit=2{after}")
        assert 1 <= len(page["jobs"]) <= 2
        found += [job["job_id"] for job in page["jobs"]]
        if not page["has_more"]:
            break
        assert page["next"] == found[-1]
        after = f"&after={page['next']}"
    assert found == everything


def test_lists_have_no_answers(shared, listed):
    for job in shared[1].get("/jobs?group=night")["jobs"]:
        assert job["result"] is None
        [artifact] = job["artifacts"]
        assert artifact["inline"] is None and artifact["url"] == f"/jobs/{job['job_id']}/artifacts/completion"


def test_the_request_is_what_was_sent_to_the_byte(shared):
    _, foreman = shared
    body = b'{"model":"llama3.2:3b", "group":"g", "messages":[{"role":"user","content":"\\u00e4 1.10"}],"x":1e400}'
    answer = foreman.call("POST", "/jobs", body=body)
    assert answer.status == 202, answer.body
    job = answer.json()["job_id"]
    stored = foreman.call("GET", f"/jobs/{job}/request")
    assert stored.status == 200 and stored.header("content-type").startswith("application/json")
    assert b'"\\u00e4 1.10"' in stored.body and b'"x":1e400' in stored.body and b"group" not in stored.body
    assert int(stored.header("content-length")) == len(stored.body)


def test_a_large_request_comes_whole(shared):
    _, foreman = shared
    content = "x" * 2_000_000
    job = jobs.submit(foreman, content=content)
    stored = foreman.call("GET", f"/jobs/{job}/request")
    assert json.loads(stored.body)["messages"][0]["content"] == content


def test_a_wait_ends_with_the_job(foreman, simulator):
    simulator.hold("tokens")
    job = jobs.submit(foreman)
    simulator.wait_for("chat_in_flight", "==", 1)
    with foreman.connect() as connection:
        connection.request("GET", f"/jobs/{job}?wait=1h")
        wait.until(lambda: foreman.status()["counters"]["connections"] == 2, what="who waits")
        simulator.open("tokens")
        answer = connection.answer()
    assert answer.json()["state"] == "done" and answer.json()["result"]["done"] is True


def test_a_wait_ends_after_its_time(foreman, simulator):
    simulator.hold("tokens")
    job = jobs.submit(foreman)
    began = time.monotonic()
    found = jobs.get(foreman, job, "?wait=200ms")
    assert found["state"] in ("queued", "loading", "working") and time.monotonic() - began >= 0.2
    simulator.open("tokens")


def test_a_wait_ends_when_the_client_leaves(foreman, simulator):
    simulator.hold("tokens")
    job = jobs.submit(foreman)
    connection = foreman.connect()
    connection.request("GET", f"/jobs/{job}?wait=1h")
    wait.until(lambda: foreman.status()["counters"]["connections"] == 2, what="who waits")
    connection.close()
    foreman.wait_quiet()
    simulator.open("tokens")
    jobs.finish(foreman, job)


def test_many_wait_for_one_job(foreman, simulator):
    simulator.hold("tokens")
    job = jobs.submit(foreman)
    connections = [foreman.connect() for _ in range(200)]
    for connection in connections:
        connection.request("GET", f"/jobs/{job}?wait=1h")
    wait.until(lambda: foreman.status()["counters"]["connections"] == 201, what="all who wait")
    simulator.open("tokens")
    for connection in connections:
        assert connection.answer().json()["state"] == "done"
        connection.close()


def test_who_waits_is_answered_when_foreman_stops(foreman, simulator):
    job = jobs.submit(foreman, run_at="2999-01-01T00:00:00Z")
    with foreman.connect() as connection:
        connection.request("GET", f"/jobs/{job}?wait=10m")
        wait.until(lambda: foreman.status()["counters"]["connections"] == 2, what="who waits")
        assert foreman.stop(within=10) == 0
        assert connection.answer().json()["state"] == "scheduled"


def test_attempts(foreman, simulator):
    simulator.fault("status", status=500, times=1)
    job = jobs.submit(foreman, max_attempts=2)
    jobs.finish(foreman, job)
    attempts = foreman.get(f"/jobs/{job}/attempts")["attempts"]
    assert [attempt["outcome"] for attempt in attempts] == ["retried", "done"]
    assert [attempt["number"] for attempt in attempts] == [1, 2]
    assert attempts[0]["http_status"] == 500 and attempts[0]["error"]
    assert all(attempt["started_at"] <= attempt["ended_at"] for attempt in attempts)
