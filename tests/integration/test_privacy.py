# SPDX-License-Identifier: MIT
"""Jobs of two submitters: for each the other's are not there, on any route."""
import json

import pytest

from harness import jobs
from harness.tokens import tokens_file

LATER = "2999-01-01T00:00:00Z"
NO_JOB = "01J00000000000000000000000"


@pytest.fixture
def foreman(start_foreman, simulator, tmp_path):
    scopes = {"ann": "jobs", "bob": "jobs", "auditor": "jobs:all", "reader": "inference"}
    return start_foreman(simulator, polled=False, tokens_file=tokens_file(tmp_path, **scopes))


@pytest.fixture
def anns(foreman):
    """A job of Ann's that is done, and one that waits."""
    done = jobs.submit(foreman, "ann", group="night", labels={"whose": "ann"})
    jobs.finish(foreman, done, token="ann")
    return done, jobs.submit(foreman, "ann", group="night", run_at=LATER)


ROUTES = [
    ("GET", ""), ("GET", "?wait=1s"), ("HEAD", ""), ("GET", "/request"), ("GET", "/attempts"), ("GET", "/artifacts/completion"),
    ("GET", "/events"), ("POST", "/cancel"), ("POST", "/retry"), ("POST", "/redeliver"), ("PATCH", ""), ("DELETE", ""),
    ("DELETE", "?purge=true"),
]


@pytest.mark.parametrize("method, suffix", ROUTES)
def test_a_job_of_somebody_else_is_not_there(foreman, anns, method, suffix):
    body = {"priority": 1} if method == "PATCH" else None
    for job in anns:
        answer = foreman.call(method, f"/jobs/{job}{suffix}", jobs.bearer("bob"), body)
        missing = foreman.call(method, f"/jobs/{NO_JOB}{suffix}", jobs.bearer("bob"), body)
        assert answer.status == missing.status == 404
        assert answer.body.replace(job.encode(), NO_JOB.encode()) == missing.body, "it tells that there is one"
    states = [jobs.get(foreman, job, token="ann")["state"] for job in anns]
    assert states == ["done", "scheduled"]


def test_lists_have_ones_own(foreman, anns):
    own = jobs.submit(foreman, "bob", group="bobs", run_at=LATER)
    bob = jobs.bearer("bob")
    assert [job["job_id"] for job in foreman.get("/jobs", headers=bob)["jobs"]] == [own]
    for query in ("?group=night", "?label=whose:ann", "?state=done", "?model=llama3.2:3b&state=done"):
        assert foreman.get(f"/jobs{query}", headers=bob)["jobs"] == []
    assert [group["group"] for group in foreman.get("/groups", headers=bob)["groups"]] == ["bobs"]
    assert foreman.call("GET", "/groups/night", bob).status == 404
    assert foreman.call("GET", "/results", bob).body == b""
    assert foreman.call("GET", "/results?state=done", bob).body == b""


@pytest.mark.parametrize("verb", ["cancel", "retry", "purge"])
def test_many_are_ones_own(foreman, anns, verb):
    for query in ("all=true", "group=night", "label=whose:ann"):
        answer = foreman.call("POST", f"/jobs/{verb}?{query}", jobs.bearer("bob"))
        assert answer.json() == {"count": 0}
    assert [jobs.get(foreman, job, token="ann")["state"] for job in anns] == ["done", "scheduled"]


def test_events_are_ones_own(foreman, simulator):
    with jobs.events(foreman, "/events", token="bob") as bobs, jobs.events(foreman, "/events", token="auditor") as all_of_them:
        simulator.hold("tokens")
        other = jobs.submit(foreman, "ann", tokens=50)
        simulator.let("tokens", 10)
        all_of_them.until(lambda event: event.kind == "progress")
        simulator.open("tokens")
        jobs.finish(foreman, other, token="ann")
        own = jobs.submit(foreman, "bob")
        found = bobs.until(lambda event: event.kind == "state" and event.data["state"] == "done")
        assert {event.data["job_id"] for event in found} == {own}
        found = all_of_them.until(lambda event: event.data == event.data | {"job_id": own, "state": "done"})
        assert {event.data["job_id"] for event in found} == {own, other}


def test_events_of_the_past_are_ones_own(foreman, anns):
    with jobs.events(foreman, "/events", "0", "bob") as events:
        own = jobs.submit(foreman, "bob", run_at=LATER)
        [event] = events.until(lambda event: event.kind == "state")
        assert event.data["job_id"] == own


def test_who_sees_all_acts_on_all(foreman, anns):
    auditor = jobs.bearer("auditor")
    assert {job["job_id"] for job in foreman.get("/jobs", headers=auditor)["jobs"]} == set(anns)
    assert jobs.get(foreman, anns[0], token="auditor")["result"]
    assert foreman.call("GET", f"/jobs/{anns[0]}/request", auditor).status == 200
    assert foreman.call("POST", f"/jobs/{anns[1]}/cancel", auditor).status == 200
    assert [json.loads(line)["id"] for line in foreman.call("GET", "/results", auditor).body.splitlines()] == list(anns)
    assert foreman.call("POST", "/jobs/purge?group=night", auditor).json() == {"count": 2}


def test_without_the_scope_there_is_nothing(foreman, anns):
    for token, status in (("reader", 403), ("nobody", 401)):
        for method, target in (("GET", "/jobs"), ("GET", f"/jobs/{anns[0]}"), ("GET", "/events"), ("GET", "/results"), ("GET", "/groups")):
            assert foreman.call(method, target, jobs.bearer(token)).status == status
    assert foreman.call("POST", "/pause", jobs.bearer("ann")).status == 403
    assert foreman.call("POST", "/models/load", jobs.bearer("ann"), {"model": "x"}).status == 403


def test_only_who_sees_all_waits_for_others(foreman, anns):
    _, waiting = anns
    body = {"model": "llama3.2:3b", "messages": [], "after": [waiting]}
    answer = foreman.call("POST", "/jobs", jobs.bearer("bob"), body)
    assert (answer.status, answer.json()["field"]) == (400, "after")
    answer = foreman.call("POST", "/jobs", jobs.bearer("auditor"), body)
    assert answer.status == 202, answer.body
    assert jobs.get(foreman, answer.json()["job_id"], token="auditor")["state"] == "blocked"
