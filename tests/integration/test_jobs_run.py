# SPDX-License-Identifier: MIT
"""Jobs run: their results, what goes wrong on the way, and what survives."""
import json
import re
import signal

import pytest

from harness import wait

CHAT, OTHER, EMBED = "llama3.2:3b", "qwen3:8b", "nomic-embed-text"
JSON = [("Content-Type", "application/json")]
TERMINAL = ("done", "failed", "cancelled")
# What no two answers have in common.
VARYING = re.compile(r"created_at|created|completed_at|id|item_id|call_id|\w+_duration")


def chat(simulator, content="Hello", model=CHAT, tokens=8, **members):
    return simulator.chat(model, content, tokens, **members)


def submit(foreman, body, **fields):
    answer = foreman.call("POST", "/jobs", JSON, body | fields)
    assert answer.status == 202, answer.body
    return answer.json()["job_id"]


def job_of(foreman, job):
    return foreman.get(f"/jobs/{job}")


def wait_for(foreman, job, *states, within=20.0):
    """The job once it is in one of these states."""

    def look():
        found = job_of(foreman, job)
        if found["state"] not in states and found["state"] in TERMINAL:
            raise AssertionError(f"{job} is {found['state']}: {found['error']}")
        return found if found["state"] in states else None

    return wait.until(look, within, f"{job} to be {states}")


def done(foreman, job, within=20.0):
    return wait_for(foreman, job, "done", within=within)


def text_of(job):
    return job["result"]["message"]["content"]


def said(simulator, body):
    """What the simulator itself answers without streaming."""
    answer = simulator.call("POST", "/api/chat", JSON, body | {"stream": False})
    assert answer.status == 200, answer.body
    return answer.json()["message"]["content"]


def scrubbed(value):
    """An answer without what differs from one time to the next."""
    if isinstance(value, dict):
        return {key: scrubbed(item) for key, item in value.items() if not VARYING.fullmatch(key)}
    return [scrubbed(item) for item in value] if isinstance(value, list) else value


def requests_to(simulator, path="/api/chat"):
    return simulator.requests(path)


BODIES = {
    "/api/chat": lambda sim: sim.chat(CHAT),
    "/api/generate": lambda sim: {"model": CHAT, "prompt": "Hello", "options": {"num_predict": 8, "seed": 1}},
    "/api/embed": lambda sim: {"model": EMBED, "input": ["one", "two"]},
    "/api/embeddings": lambda sim: {"model": EMBED, "prompt": "one"},
    "/v1/chat/completions": lambda sim: sim.chat(CHAT),
    "/v1/completions": lambda sim: {"model": CHAT, "prompt": "Hello", "max_tokens": 8, "seed": 1},
    "/v1/embeddings": lambda sim: {"model": EMBED, "input": "one"},
    "/v1/responses": lambda sim: {"model": CHAT, "input": "Hello", "max_output_tokens": 8},
    "/v1/messages": lambda sim: {
        "model": CHAT, "max_tokens": 8, "messages": [{"role": "user", "content": "Hello"}],
    },
}


@pytest.mark.parametrize("endpoint", BODIES)
def test_the_result_is_what_the_endpoint_answers(foreman, simulator, endpoint):
    body = BODIES[endpoint](simulator)
    simulator.call("POST", endpoint, JSON, body)  # the model is loaded, and the prompt is known, both times
    direct = simulator.call("POST", endpoint, JSON, body | {"stream": False})
    assert direct.status == 200, direct.body
    job = done(foreman, submit(foreman, body, endpoint=endpoint))
    assert scrubbed(job["result"]) == scrubbed(direct.json())
    assert job["attempt"] == 0 and job["error"] is None and job["http_status"] == 200


@pytest.mark.parametrize("endpoint, members, answer", [
    ("/api/chat", {"messages": []}, "message"), ("/api/generate", {}, "response"),
    ("/api/embed", {"input": []}, "embeddings"), ("/api/embeddings", {"prompt": ""}, "embedding"),
])
def test_what_asks_for_nothing_is_done_at_once(foreman, simulator, endpoint, members, answer):
    model = chat(simulator)["model"]
    job = done(foreman, submit(foreman, {"model": model} | members, endpoint=endpoint, max_attempts=1))
    assert job["attempt"] == 0 and answer in job["result"], job


def test_a_job_goes_through_its_states(foreman, simulator):
    simulator.hold("load")
    job = submit(foreman, chat(simulator))
    wait_for(foreman, job, "loading")
    simulator.hold("tokens")
    simulator.open("load")
    simulator.let("tokens", 2)
    wait_for(foreman, job, "working")
    simulator.open("tokens")
    found = done(foreman, job)
    assert found["previous_state"] == "working"
    assert found["usage"]["completion_tokens"] == 8


@pytest.mark.parametrize("fault, options", [
    ("reset", {"after_chunks": 3}),
    ("cut", {"after_chunks": 3}),
    ("no-terminator", {"after_chunks": 3}),
    ("garbage", {}),
    ("status", {"status": 500}),
    ("status", {"status": 503}),
    ("crash", {"after_chunks": 2}),
    ("crash", {"after_chunks": 0}),
])
def test_what_breaks_is_tried_again(foreman, simulator, fault, options):
    body = chat(simulator)
    expected = said(simulator, body)
    simulator.fault(fault, **options)
    job = done(foreman, submit(foreman, body))
    assert text_of(job) == expected
    assert job["attempt"] == 1


def test_a_refusal_of_the_request_fails(foreman, simulator):
    job = submit(foreman, chat(simulator, options={"num_ctx": "many"}))
    found = wait_for(foreman, job, "failed")
    assert found["error_code"] == "invalid_request" and "num_ctx" in found["error"]
    assert found["http_status"] == 500


def test_attempts_are_spent(foreman, simulator):
    simulator.fault("status", status=500, times=0)
    found = wait_for(foreman, submit(foreman, chat(simulator), max_attempts=2), "failed")
    assert (found["attempt"], found["error_code"]) == (2, "target_error")


def test_a_target_that_refuses_is_waited_for(foreman, simulator):
    simulator.fault("refuse")
    job = submit(foreman, chat(simulator))
    foreman.wait_for_log("degraded")
    assert job_of(foreman, job)["state"] == "queued"
    simulator.clear_faults()
    found = done(foreman, job, within=60)
    assert found["attempt"] == 0


def test_a_target_that_goes_while_it_works_is_waited_for(foreman, simulator):
    simulator.hold("tokens")
    job = submit(foreman, chat(simulator))
    wait_for(foreman, job, "loading", "working")
    simulator.wait_for("held", ">=", 1)
    simulator.fault("refuse")
    found = wait_for(foreman, job, "queued")
    assert found["attempt"] == 1
    simulator.open("tokens")
    simulator.clear_faults()
    done(foreman, job, within=60)


def test_a_model_that_is_removed_is_waited_for(start_foreman, simulator):
    foreman = start_foreman(simulator, poll_interval="1s")
    foreman.call("POST", "/pause", JSON, {"scope": "jobs"})
    jobs = [submit(foreman, chat(simulator, content=f"{n}", model=OTHER)) for n in range(20)]
    simulator.remove_model(OTHER)
    foreman.call("POST", "/resume", JSON)
    wait.until(lambda: all(job_of(foreman, job)["reason"] == "model_missing" for job in jobs), what="parked")
    assert all(job_of(foreman, job)["attempt"] == 0 for job in jobs)
    done(foreman, submit(foreman, chat(simulator)))
    simulator.add_model(OTHER)
    for job in jobs:
        done(foreman, job)


@pytest.mark.parametrize("point", ["load", "prefill", "tokens"])
def test_a_cancelled_job_leaves_the_target(foreman, simulator, point):
    simulator.hold(point)
    job = submit(foreman, chat(simulator))
    simulator.wait_for("held", ">=", 1)
    wait_for(foreman, job, "loading", "working")
    answer = foreman.call("POST", f"/jobs/{job}/cancel")
    assert answer.status == 200, answer.body
    simulator.wait_for("aborted", ">=", 1, within=1.0)
    assert job_of(foreman, job)["state"] == "cancelled"
    simulator.open(point)
    done(foreman, submit(foreman, chat(simulator)))


def test_a_cancelled_job_never_comes_to_the_target(foreman, simulator):
    simulator.hold("tokens")
    first, second = (submit(foreman, chat(simulator, content=name)) for name in ("first", "second"))
    simulator.wait_for("held", ">=", 1)
    assert foreman.call("DELETE", f"/jobs/{second}").status == 200
    simulator.open("tokens")
    done(foreman, first)
    done(foreman, submit(foreman, chat(simulator, content="third")))
    assert not [one for one in requests_to(simulator) if "second" in one["body"]]


def test_the_urgent_go_first(foreman, simulator):
    simulator.hold("tokens")
    first = submit(foreman, chat(simulator, content="first"))
    simulator.wait_for("held", ">=", 1)
    rest = [submit(foreman, chat(simulator, content=f"rest {n}")) for n in range(20)]
    urgent = submit(foreman, chat(simulator, content="urgent"), priority=7)
    wait.until(lambda: foreman.gate()["queue"][0]["request_id"] == urgent, what="the urgent is next")
    simulator.open("tokens")
    for job in [first, urgent, *rest]:
        done(foreman, job)
    bodies = [json.loads(one["body"])["messages"][0]["content"] for one in requests_to(simulator)]
    assert bodies == ["first", "urgent", *(f"rest {n}" for n in range(20))]


def test_chats_go_before_jobs(foreman, simulator):
    simulator.hold("tokens")
    jobs = [submit(foreman, chat(simulator, content=f"job {n}")) for n in range(3)]
    simulator.wait_for("held", ">=", 1)
    with foreman.connect() as client:
        client.request("POST", "/api/chat", JSON, chat(simulator, content="somebody waits"))
        wait.until(lambda: foreman.gate()["queue"][0]["class"] == "interactive", what="the chat waits in front")
        simulator.open("tokens")
        assert client.answer().status == 200
    for job in jobs:
        done(foreman, job)
    bodies = [json.loads(one["body"])["messages"][0]["content"] for one in requests_to(simulator)]
    assert bodies[:2] == ["job 0", "somebody waits"]


def test_jobs_count_for_no_limit_of_the_queue(start_foreman, simulator):
    foreman = start_foreman(simulator, max_queue=1, max_queue_per_client=1)
    simulator.hold("tokens")
    jobs = [submit(foreman, chat(simulator, content=f"{n}")) for n in range(10)]
    wait.until(lambda: foreman.gate()["waiting"] > 1, what="more jobs wait than connections may")
    with foreman.connect() as client:
        client.request("POST", "/api/chat", JSON, chat(simulator, content="somebody waits"))
        wait.until(lambda: foreman.gate()["queue"][0]["class"] == "interactive", what="the chat waits, too")
        simulator.open("tokens")
        assert client.answer().status == 200
    for job in jobs:
        done(foreman, job)


def test_a_drain_lets_what_runs_finish(start_foreman, simulator, started):
    foreman = start_foreman(simulator)
    simulator.hold("tokens")
    first, second = (submit(foreman, chat(simulator, content=name)) for name in ("first", "second"))
    simulator.wait_for("held", ">=", 1)
    foreman.signal(signal.SIGTERM)
    foreman.wait_for_log("drain")
    simulator.open("tokens")
    assert foreman.wait() == 0
    assert len(requests_to(simulator)) == 1
    again = restarted(foreman, simulator, started)
    assert job_of(again, first)["state"] == "done"
    done(again, second)


def test_a_drain_puts_back_what_takes_too_long(start_foreman, simulator, started):
    foreman = start_foreman(simulator, drain_timeout="1s")
    simulator.hold("tokens")
    job = submit(foreman, chat(simulator))
    simulator.wait_for("held", ">=", 1)
    foreman.signal(signal.SIGTERM)
    assert foreman.wait() == 0
    simulator.open("tokens")
    again = restarted(foreman, simulator, started)
    found = done(again, job)
    assert (found["attempt"], found["crashes"]) == (0, 0)


def restarted(foreman, simulator, started, **settings):
    """Another process in the same folder."""
    return started.add(type(foreman)(foreman.folder, simulator.url, **settings)).ready()


def test_what_a_kill_left_runs_again(start_foreman, simulator, started):
    foreman = start_foreman(simulator)
    body = chat(simulator)
    expected = said(simulator, body)
    simulator.hold("tokens")
    jobs = [submit(foreman, body) for _ in range(5)]
    simulator.wait_for("held", ">=", 1)
    wait_for(foreman, jobs[0], "loading", "working")
    foreman.kill()
    simulator.open("tokens")
    again = restarted(foreman, simulator, started)
    for job in jobs:
        assert text_of(done(again, job)) == expected
    assert job_of(again, jobs[0])["crashes"] == 1
    assert job_of(again, jobs[0])["attempt"] == 0


def test_a_paused_foreman_begins_nothing(foreman, simulator):
    assert foreman.call("POST", "/pause", JSON, {"scope": "jobs"}).status == 200
    job = submit(foreman, chat(simulator))
    assert foreman.call("POST", "/api/chat", JSON, chat(simulator)).status == 200
    assert job_of(foreman, job)["state"] == "queued"
    assert len(requests_to(simulator)) == 1
    assert foreman.call("POST", "/resume", JSON).status == 200
    done(foreman, job)


def test_a_pause_at_once_puts_back_what_runs(foreman, simulator):
    simulator.hold("tokens")
    job = submit(foreman, chat(simulator))
    simulator.wait_for("held", ">=", 1)
    assert foreman.call("POST", "/pause", JSON, {"scope": "jobs", "now": True}).status == 200
    simulator.wait_for("aborted", ">=", 1, within=1.0)
    found = wait_for(foreman, job, "queued")
    assert (found["reason"], found["attempt"]) == ("paused", 0)
    simulator.open("tokens")
    foreman.call("POST", "/resume", JSON)
    done(foreman, job)


def test_jobs_are_counted(foreman, simulator):
    done(foreman, submit(foreman, chat(simulator)))
    metrics = foreman.call("GET", "/metrics").body.decode()
    assert 'foreman_jobs{state="done"} 1' in metrics
    assert 'foreman_job_attempts_total{outcome="done"} 1' in metrics
    assert f'foreman_tokens_total{{model="{CHAT}",kind="completion"}} 8' in metrics
