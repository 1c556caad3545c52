# SPDX-License-Identifier: MIT
"""Acting on jobs: one by one, and many at once."""
import pytest

from harness import jobs, wait

NO_JOB = "01J00000000000000000000000"
LATER = "2999-01-01T00:00:00Z"


def call(foreman, method, target, status=200, body=None):
    answer = foreman.call(method, target, body=body)
    assert answer.status == status, f"{method} {target}: {answer.status} {answer.body!r}"
    return answer.json() if answer.body else None


def refused(foreman, method, target, status, code, body=None, field=None):
    error = call(foreman, method, target, status, body)
    assert (error["code"], error.get("field")) == (code, field), error


@pytest.mark.parametrize("method, suffix", [("POST", "/cancel"), ("DELETE", "")])
def test_a_job_that_waits_is_cancelled(shared, method, suffix):
    _, foreman = shared
    job = jobs.submit(foreman, run_at=LATER)
    found = call(foreman, method, f"/jobs/{job}{suffix}")
    assert (found["job_id"], found["state"], found["previous_state"]) == (job, "cancelled", "scheduled")
    refused(foreman, method, f"/jobs/{job}{suffix}", 409, "conflict")


def test_a_job_that_runs_is_cancelled(foreman, simulator):
    simulator.hold("tokens")
    job = jobs.submit(foreman)
    simulator.let("tokens", 3)
    wait.until(lambda: jobs.get(foreman, job)["state"] == "working", what="it works")
    assert call(foreman, "POST", f"/jobs/{job}/cancel")["state"] == "cancelled"
    simulator.wait_for("aborted", "==", 1)
    simulator.open("tokens")
    jobs.finish(foreman, jobs.submit(foreman))
    assert jobs.get(foreman, job)["state"] == "cancelled"


def test_a_cancelled_job_has_no_error_of_an_earlier_attempt(foreman, simulator):
    simulator.fault("status", status=503, message="it is busy", times=0)
    job = jobs.submit(foreman, group="busy")
    wait.until(lambda: jobs.get(foreman, job)["error"], what="it failed once")
    found = call(foreman, "POST", f"/jobs/{job}/cancel")
    assert (found["state"], found["error"], found["error_code"]) == ("cancelled", None, None)
    line = foreman.call("GET", "/results?group=busy").lines()[0]
    assert line["error"]["code"] == "cancelled"


def test_a_job_that_failed_is_retried(foreman, simulator):
    simulator.fault("status", status=400, message="it is wrong", times=1)
    job = jobs.submit(foreman)
    assert jobs.finish(foreman, job, "failed")["http_status"] == 400
    assert call(foreman, "POST", f"/jobs/{job}/retry")["attempt"] == 0
    jobs.finish(foreman, job)
    refused(foreman, "POST", f"/jobs/{job}/retry", 409, "conflict")


def test_a_job_is_purged(shared):
    _, foreman = shared
    job = jobs.submit(foreman, run_at=LATER)
    refused(foreman, "DELETE", f"/jobs/{job}?purge=true", 409, "conflict")
    call(foreman, "DELETE", f"/jobs/{job}?purge=false")
    assert call(foreman, "DELETE", f"/jobs/{job}?purge=true", 204) is None
    refused(foreman, "GET", f"/jobs/{job}", 404, "not_found")


def test_what_others_wait_for_stays(shared):
    _, foreman = shared
    first = jobs.submit(foreman)
    jobs.finish(foreman, first)
    second = jobs.submit(foreman, after=[first], run_at=LATER)
    call(foreman, "DELETE", f"/jobs/{second}")
    call(foreman, "DELETE", f"/jobs/{first}?purge=true", 204)


def test_webhooks_of_none_are_not_sent_again(shared):
    _, foreman = shared
    refused(foreman, "POST", f"/jobs/{jobs.submit(foreman)}/redeliver", 409, "conflict")


@pytest.mark.parametrize("method, suffix", [
    ("POST", "/cancel"), ("POST", "/retry"), ("POST", "/redeliver"), ("DELETE", ""), ("DELETE", "?purge=true"),
])
def test_there_is_no_such_job(shared, method, suffix):
    for job in (NO_JOB, "x"):
        refused(shared[1], method, f"/jobs/{job}{suffix}", 404, "not_found")


def test_patches(shared):
    _, foreman = shared
    job = jobs.submit(foreman, run_at=LATER, labels={"a": "1"}, ttl="1d")
    found = call(foreman, "PATCH", f"/jobs/{job}", body={"priority": 7, "labels": {"b": "2"}, "model": "qwen3:8b"})
    assert (found["priority"], found["labels"], found["model"], found["state"]) == (7, {"b": "2"}, "qwen3:8b", "scheduled")
    assert found["run_at"].startswith("2999-01-01T00:00:00")
    assert jobs.get(foreman, job)["priority"] == 7
    found = call(foreman, "PATCH", f"/jobs/{job}", body={"run_at": None, "labels": None})
    assert found["labels"] == {} and found["run_at"] is None
    found = jobs.finish(foreman, job)
    assert found["result"]["model"] == "qwen3:8b"
    refused(foreman, "PATCH", f"/jobs/{job}", 409, "conflict", {"priority": 1})
    before = found["expires_at"]
    assert call(foreman, "PATCH", f"/jobs/{job}", body={"ttl": "9d"})["expires_at"] > before
    assert call(foreman, "PATCH", f"/jobs/{job}", body={"ttl": "0"})["expires_at"] is None


@pytest.mark.parametrize("body, field", [
    ({"priority": 101}, "priority"), ({"priority": "high"}, "priority"), ({"run_at": "soon"}, "run_at"),
    ({"model": "a b"}, "model"), ({"labels": {"a": 1}}, "labels"), ({"ttl": "-1s"}, "ttl"), ({"state": "done"}, None), ([], None),
])
def test_patches_that_are_none(shared, body, field):
    _, foreman = shared
    job = jobs.submit(foreman, run_at=LATER)
    refused(foreman, "PATCH", f"/jobs/{job}", 400, "invalid_request", body, field)


def test_many_are_cancelled_retried_and_purged(foreman):
    night = [jobs.submit(foreman, run_at=LATER, group="night", labels={"n": str(n % 2)}) for n in range(5)]
    other = jobs.submit(foreman, run_at=LATER)
    assert call(foreman, "POST", "/jobs/cancel?group=night&dry_run=true") == {"count": 5}
    assert jobs.get(foreman, night[0])["state"] == "scheduled"
    assert call(foreman, "POST", "/jobs/cancel", body={"group": "night", "label": "n:1"}) == {"count": 2}
    assert call(foreman, "POST", "/jobs/cancel", body=b"group=night&state=scheduled,queued") == {"count": 3}
    assert call(foreman, "POST", "/jobs/cancel?group=night") == {"count": 0}
    assert {job["state"] for job in foreman.get("/jobs?group=night")["jobs"]} == {"cancelled"}
    assert jobs.get(foreman, other)["state"] == "scheduled"
    assert call(foreman, "POST", "/jobs/retry?model=llama3.2:3b&state=cancelled") == {"count": 5}
    for job in night:
        jobs.finish(foreman, job)
    assert call(foreman, "POST", "/jobs/purge?all=true") == {"count": 5}
    assert [job["job_id"] for job in foreman.get("/jobs")["jobs"]] == [other]


@pytest.mark.parametrize("verb", ["cancel", "retry", "purge"])
@pytest.mark.parametrize("query, body, field", [
    ("", None, "all"), ("?all=false", None, "all"), ("?all=true&group=x", None, "all"), ("?dry_run=true", None, "all"),
    ("?gruop=x", None, None), ("?state=ready", None, "state"), ("?all=maybe", None, "all"), ("", {"group": ["x"]}, None),
    ("", b"{", None), ("?state=", None, "state"), ("?state=queued&group=", None, "group"), ("", {"label": ""}, "label"),
    ("?model=", None, "model"),
])
def test_many_have_to_be_named(shared, verb, query, body, field):
    refused(shared[1], "POST", f"/jobs/{verb}{query}", 400, "invalid_request", body, field)
