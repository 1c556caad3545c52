# SPDX-License-Identifier: MIT
"""A night's work: how far it is, and what came of it."""
import datetime
import json
import urllib.parse

import pytest

from harness import jobs

LATER = "2999-01-01T00:00:00Z"


def results(foreman, query="", token=None):
    answer = foreman.call("GET", f"/results{query}", jobs.bearer(token))
    assert answer.status == 200, answer.body
    assert answer.header("content-type") == "application/x-ndjson"
    return answer.lines()


def ids(lines):
    return [line["id"] for line in lines]


def test_a_group_is_summed_up(foreman, simulator):
    simulator.fault("status", status=400, message="it is wrong", times=1)
    failed = jobs.submit(foreman, group="night", tokens=8)
    jobs.finish(foreman, failed, "failed")
    done = [jobs.submit(foreman, group="night", tokens=8) for _ in range(3)]
    for job in done:
        jobs.finish(foreman, job)
    jobs.submit(foreman, group="night", run_at=LATER)
    jobs.submit(foreman, group="other", run_at=LATER)
    jobs.submit(foreman)
    group = foreman.get("/groups/night")
    assert {state: count for state, count in group["counts"].items() if count} == {"done": 3, "failed": 1, "scheduled": 1}
    assert (group["group"], group["total"], group["left"]) == ("night", 5, 1)
    assert group["usage"]["completion_tokens"] == 24 and group["usage"]["prompt_tokens"] > 0
    assert group["errors"] == {jobs.get(foreman, failed)["error_code"]: 1}
    assert group["finished_at"] is None
    end = datetime.datetime.fromisoformat(group["expected_end"].replace("Z", "+00:00"))
    assert abs((end - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) < 60
    assert foreman.call("POST", "/jobs/cancel?group=night").json() == {"count": 1}
    group = foreman.get("/groups/night")
    assert group["left"] == 0 and group["finished_at"] and group["expected_end"] is None
    assert [found["group"] for found in foreman.get("/groups")["groups"]] == ["night", "other"]


def test_groups_with_any_name(foreman):
    name = "a/b c%ä"
    jobs.submit(foreman, group=name, run_at=LATER)
    [group] = foreman.get(f"/groups?group={urllib.parse.quote(name, safe='')}")["groups"]
    assert group["group"] == name
    jobs.submit(foreman, group="c d", run_at=LATER)
    assert foreman.get("/groups/c%20d")["group"] == "c d"
    assert foreman.get("/groups?group=none") == {"groups": []}


def test_results_come_in_the_order_of_submission(foreman, simulator):
    simulator.fault("status", status=400, message="it is wrong", times=1)
    failed = jobs.submit(foreman, group="night")
    jobs.finish(foreman, failed, "failed")
    body = json.dumps({"custom_id": "line-1", "method": "POST", "url": "/v1/chat/completions", "body": {
        "model": jobs.MODEL, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 5}})
    reply = foreman.call("POST", "/jobs", [("Content-Type", "application/x-ndjson")], body.encode() + b"\n").lines()
    batch = reply[0]["job_id"]
    jobs.finish(foreman, batch)
    done = jobs.submit(foreman, group="night")
    jobs.finish(foreman, done)
    lines = results(foreman)
    assert ids(lines) == [failed, batch, done]
    assert lines[0]["response"] is None and lines[0]["custom_id"] is None
    assert lines[0]["error"]["message"] == jobs.get(foreman, failed)["error"]
    assert lines[1]["custom_id"] == "line-1" and lines[1]["error"] is None
    assert lines[1]["response"]["status_code"] == 200 and lines[1]["response"]["request_id"]
    assert lines[1]["response"]["body"]["object"] == "chat.completion"
    assert lines[2]["response"]["body"] == jobs.get(foreman, done)["result"]
    assert ids(results(foreman, "?group=night")) == [failed, done]
    assert ids(results(foreman, "?state=done")) == [batch, done]
    assert ids(results(foreman, f"?after={failed}")) == [batch, done]
    assert results(foreman, f"?after={done}") == []


def test_a_collector_goes_on_where_it_was(foreman):
    first = jobs.submit(foreman, group="night")
    jobs.finish(foreman, first)
    held_up = jobs.submit(foreman, group="night", run_at=LATER)
    last = jobs.submit(foreman, group="night")
    jobs.finish(foreman, last)
    assert ids(results(foreman, "?group=night")) == [first]
    assert ids(results(foreman, "?group=night&state=done,failed,cancelled")) == [first, last]
    foreman.call("POST", f"/jobs/{held_up}/cancel")
    lines = results(foreman, f"?group=night&after={first}")
    assert ids(lines) == [held_up, last]
    assert lines[0]["error"]["code"] == "cancelled"


def test_many_results_come_page_by_page(start_foreman, simulator):
    foreman = start_foreman(simulator, capacity="4")
    lines = b"".join(json.dumps(jobs.request(f"n{n}", tokens=3)).encode() + b"\n" for n in range(200))
    replies = foreman.call("POST", "/jobs", [("Content-Type", "application/x-ndjson")], lines).lines()
    made = [reply["job_id"] for reply in replies]
    for job in made:
        jobs.finish(foreman, job)
    assert ids(results(foreman)) == made


def test_long_answers_do_not_fill_memory(start_foreman, simulator):
    foreman = start_foreman(simulator, inline_limit="1KiB")
    made = [jobs.submit(foreman, tokens=tokens) for tokens in (100_000, 5, 100_000)]
    for job in made:
        jobs.finish(foreman, job)
    lines = results(foreman)
    assert ids(lines) == made
    for job, line in zip(made, lines):
        [artifact] = jobs.get(foreman, job)["artifacts"]
        assert line["response"]["body"] == (artifact["inline"] or foreman.call("GET", artifact["url"]).json())


@pytest.mark.parametrize("query, field", [
    ("?state=queued", "state"), ("?state=x", "state"), ("?after=x", "after"), ("?limit=5", None),
])
def test_what_is_no_filter_of_results(shared, query, field):
    answer = shared[1].call("GET", f"/results{query}")
    assert answer.status == 400 and answer.json().get("field") == field
