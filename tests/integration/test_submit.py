# SPDX-License-Identifier: MIT
"""Submitting one job: POST /jobs, and Prefer: respond-async on the routes of inference."""
import json
import re

import pytest
import zstandard

from harness import jobs, wait
from harness.tokens import tokens_file

CHAT, EMBED = "llama3.2:3b", "nomic-embed-text"
ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
JSON = [("Content-Type", "application/json")]
ENDPOINTS = [
    "/api/chat", "/api/generate", "/api/embed", "/api/embeddings", "/v1/chat/completions", "/v1/completions",
    "/v1/embeddings", "/v1/responses", "/v1/messages",
]


def chat(**members):
    return {"model": CHAT, "messages": [{"role": "user", "content": "Hello"}]} | members


def accepted(answer, status=202):
    """The id of the job that was accepted."""
    assert answer.status == status, answer.body
    job = answer.json()["job_id"]
    assert list(answer.json()) == ["job_id"] and ULID.fullmatch(job)
    assert answer.header("location").endswith(f"/jobs/{job}")
    return job


def refused(answer, status, code, field=None):
    """The message of an error of foreman's own routes."""
    assert answer.status == status, answer.body
    error = answer.json()
    assert (error["code"], error.get("field")) == (code, field), error
    return error


def test_a_chat_becomes_a_job(shared):
    _, foreman = shared
    answer = foreman.call("POST", "/jobs", JSON, chat())
    job = accepted(answer)
    assert answer.header("location") == f"/jobs/{job}"
    assert answer.header("content-type").startswith("application/json")
    assert answer.header("preference-applied") is None
    assert accepted(foreman.call("POST", "/jobs", JSON, chat())) > job


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_endpoint_takes_jobs(shared, endpoint):
    _, foreman = shared
    accepted(foreman.call("POST", "/jobs", JSON, chat(endpoint=endpoint)))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_endpoint_responds_asynchronously(shared, endpoint):
    _, foreman = shared
    answer = foreman.call("POST", endpoint, [("Prefer", "respond-async")], chat())
    job = accepted(answer)
    assert answer.header("location") == f"/jobs/{job}"
    assert answer.header("preference-applied") == "respond-async"


@pytest.mark.parametrize("prefer", [
    ["respond-async"], ["Respond-Async"], ["wait=10, respond-async"], ["respond-async; x=1"], ["wait=10", "respond-async"],
    ['a="b, \\"c", respond-async'], ["handling=lenient;respond-async=1,respond-async"], [" , respond-async"],
])
def test_the_preference_is_found(shared, prefer):
    _, foreman = shared
    accepted(foreman.call("POST", "/api/chat", [("Prefer", value) for value in prefer], chat()))


@pytest.mark.parametrize("prefer", [
    "respond-asynchronous", "wait=10; respond-async", 'a="respond-async"', 'a="b, respond-async, c"', "async", "",
])
def test_what_is_no_such_preference_is_answered(shared, prefer):
    _, foreman = shared
    answer = foreman.call("POST", "/api/chat", [("Prefer", prefer)], chat(stream=False, options={"num_predict": 3}))
    assert answer.status == 200 and answer.json()["done"]


def test_elsewhere_the_preference_is_ignored(shared):
    _, foreman = shared
    answer = foreman.call("POST", "/api/show", [("Prefer", "respond-async")], {"model": CHAT})
    assert answer.status == 200 and answer.header("preference-applied") is None


def test_fields_come_as_headers(shared):
    _, foreman = shared
    headers = [("Prefer", "respond-async"), ("X-Foreman-Priority", "high")]
    answer = foreman.call("POST", "/v1/chat/completions", headers, chat())
    assert answer.status == 400
    assert answer.json()["error"]["param"] == "priority"
    assert "-100 to 100" in answer.json()["error"]["message"]
    answer = foreman.call("POST", "/api/chat", headers, chat())
    assert (answer.status, list(answer.json())) == (400, ["error"])


@pytest.mark.parametrize("body, field", [
    (b"", None),
    (b"[]", None),
    (b'{"model":"llama3.2:3b"', None),
    (b'{"model":"llama3.2:3b"} {"model":"llama3.2:3b"}', None),
    (b'{"model":"llama3.2:3b","prompt":"\xff"}', None),
    (b"{}", "model"),
    (b'{"model":7}', "model"),
    (b'{"model":"llama3.2:3b","priority":101}', "priority"),
    (b'{"model":"llama3.2:3b","run_at":"soon"}', "run_at"),
    (b'{"model":"llama3.2:3b","endpoint":"/api/tags"}', "endpoint"),
    (b'{"model":"llama3.2:3b","state_webhook_url":"ftp://example.com/"}', "state_webhook_url"),
])
def test_what_is_wrong_is_named(shared, body, field):
    _, foreman = shared
    refused(foreman.call("POST", "/jobs", JSON, body), 400, "invalid_request", field)


def test_a_body_may_be_too_large(start_foreman, simulator):
    foreman = start_foreman(simulator, max_body="1KiB")
    refused(foreman.call("POST", "/jobs", JSON, chat(padding="x" * 2000)), 413, "too_large")


def test_the_request_is_kept_to_the_byte(shared):
    _, foreman = shared
    body = b'{ "group":"night", "model" : "llama3.2:3b",\t"x": 0.10,"Priority":3, "options":{"seed":12345678901234567890} } '
    job = accepted(foreman.call("POST", "/jobs", JSON, body))
    kept = b'{ "model" : "llama3.2:3b",\t"x": 0.10, "options":{"seed":12345678901234567890} } '
    assert foreman.call("GET", f"/jobs/{job}/request").body == kept
    headers = [("Prefer", "respond-async"), ("X-Foreman-Group", "day")]
    job = accepted(foreman.call("POST", "/api/generate", headers, body))
    assert foreman.call("GET", f"/jobs/{job}/request").body == body


def test_the_job_is_as_was_asked_for(shared):
    _, foreman = shared
    first = accepted(foreman.call("POST", "/jobs", JSON, chat(delay="1h")))
    job = accepted(foreman.call("POST", "/jobs", JSON, chat(
        endpoint="/v1/chat/completions", group="night", priority=-7, max_attempts=5, after=[first], labels={"b": "2", "a": "1"},
        run_at="2100-01-31T23:00:00+01:00",
    )))
    seen = foreman.get(f"/jobs/{job}")
    wanted = {
        "job_id": job, "state": "blocked", "endpoint": "/v1/chat/completions", "model": CHAT, "group": "night",
        "priority": -7, "max_attempts": 5, "labels": {"a": "1", "b": "2"},
    }
    assert {name: seen[name] for name in wanted} == wanted
    assert seen["run_at"].startswith("2100-01-31T22:00:00")
    assert foreman.get(f"/jobs/{first}")["state"] == "scheduled"
    headers = [
        ("Prefer", "respond-async"), ("X-Foreman-Group", "day"), ("X-Foreman-Labels", "c=3"), ("X-Foreman-Delay", "1h"),
        ("X-Foreman-Max-Attempts", "7"),
    ]
    seen = foreman.get(f"/jobs/{accepted(foreman.call('POST', '/api/chat', headers, chat()))}")
    assert (seen["group"], seen["labels"], seen["max_attempts"], seen["state"]) == ("day", {"c": "3"}, 7, "scheduled")


def test_what_comes_compressed_is_kept_plain(shared):
    _, foreman = shared
    plain = json.dumps(chat()).encode()
    packed = zstandard.ZstdCompressor().compress(plain)
    headers = [("Prefer", "respond-async"), ("Content-Encoding", "zstd")]
    job = accepted(foreman.call("POST", "/v1/chat/completions", headers, packed))
    assert foreman.call("GET", f"/jobs/{job}/request").body == plain
    # Ollama does not decode it there.
    assert foreman.call("POST", "/api/chat", headers, packed).status == 400
    assert foreman.call("POST", "/v1/chat/completions", headers, b"(\xb5/\xfd nonsense").status == 400


def test_a_submission_may_come_compressed(shared):
    _, foreman = shared
    plain = json.dumps(chat()).encode()
    packed = zstandard.ZstdCompressor().compress(plain)
    job = accepted(foreman.call("POST", "/jobs", [*JSON, ("Content-Encoding", "zstd")], packed))
    assert foreman.call("GET", f"/jobs/{job}/request").body == plain
    accepted(foreman.call("POST", "/jobs", [*JSON, ("Content-Encoding", "identity")], plain))
    for kind, encoding in (("json", "gzip"), ("x-ndjson", "gzip"), ("x-ndjson", "zstd")):
        headers = [("Content-Type", f"application/{kind}"), ("Content-Encoding", encoding)]
        answer = foreman.call("POST", "/jobs", headers, packed)
        refused(answer, 400, "invalid_request")
        assert "Content-Encoding" in answer.json()["error"]


def test_one_can_only_wait_for_jobs_that_are_there(shared):
    _, foreman = shared
    answer = foreman.call("POST", "/jobs", JSON, chat(after=["01ARZ3NDEKTSV4RRFFQ69G5FAV"]))
    refused(answer, 400, "invalid_request", "after")


def test_without_a_database_the_rest_goes_on(start_foreman, simulator, tmp_path):
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database " * 1000)
    foreman = start_foreman(simulator, db=broken)
    foreman.wait_for_log("jobs are disabled: ")
    assert foreman.stderr().count("jobs are disabled: ") == 1
    assert foreman.get("/readyz") == {"status": "ready", "jobs": "disabled"}
    for headers in (JSON, [("Content-Type", "application/x-ndjson")]):
        answer = foreman.call("POST", "/jobs", headers, chat())
        refused(answer, 503, "store_unavailable")
        assert "idempotency key" in answer.json()["hint"]
        assert int(answer.header("retry-after")) > 0
    hint = foreman.call("GET", "/jobs").json()["hint"]
    assert "try again" in hint and "idempotency" not in hint
    assert foreman.call("POST", "/api/chat", [("Prefer", "respond-async")], chat()).status == 503
    assert foreman.call("POST", "/api/chat", body=chat(stream=False, options={"num_predict": 3})).json()["done"]
    assert broken.read_bytes() == b"no database " * 1000


def test_the_database_has_its_folder(start_foreman, simulator, tmp_path):
    foreman = start_foreman(simulator, db=tmp_path / "not" / "yet" / "jobs.db")
    accepted(foreman.call("POST", "/jobs", JSON, chat()))
    assert (tmp_path / "not" / "yet").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "not" / "yet" / "jobs.db").stat().st_mode & 0o777 == 0o600


def test_a_key_makes_one_job(shared):
    _, foreman = shared
    job = accepted(foreman.call("POST", "/jobs", JSON, chat(idempotency_key="once")))
    assert accepted(foreman.call("POST", "/jobs", JSON, chat(idempotency_key="once")), 200) == job
    # The same request, whichever way it comes in.
    headers = [("Prefer", "respond-async"), ("Idempotency-Key", "once")]
    assert accepted(foreman.call("POST", "/api/chat", headers, json.dumps(chat()).encode()), 200) == job
    assert accepted(foreman.call("POST", "/jobs", [("Idempotency-Key", "once")], chat(priority=3)), 200) == job
    refused(foreman.call("POST", "/jobs", JSON, chat(idempotency_key="once", seed=1)), 409, "conflict")
    refused(foreman.call("POST", "/jobs", JSON, chat(idempotency_key="once", endpoint="/api/generate")), 409, "conflict")
    refused(foreman.call("POST", "/jobs", [("Idempotency-Key", "")], chat()), 400, "invalid_request", "idempotency_key")


def test_a_key_is_its_submitters(start_foreman, simulator, tmp_path):
    foreman = start_foreman(simulator, tokens_file=tokens_file(tmp_path, ann="jobs", bob="jobs"), polled=False)

    def submit(token):
        return foreman.call("POST", f"/as/{token}/jobs", JSON, chat(idempotency_key="k"))

    job = accepted(submit("ann"))
    assert accepted(submit("bob")) != job
    assert accepted(submit("ann"), 200) == job


def test_who_may_submit(start_foreman, simulator, tmp_path):
    file = tokens_file(tmp_path, chatter="inference", worker="jobs", both="inference,jobs")
    foreman = start_foreman(simulator, tokens_file=file, polled=False)

    def call(path, token, *headers):
        return foreman.call("POST", path, [("Authorization", f"Bearer {token}"), *headers], chat())

    prefer = ("Prefer", "respond-async")
    assert "jobs" in refused(call("/jobs", "chatter"), 403, "forbidden")["error"]
    refused(call("/jobs", "nobody"), 401, "unauthorized")
    refused(foreman.call("POST", "/jobs", JSON, chat()), 401, "unauthorized")
    accepted(call("/jobs", "worker"))
    assert call("/api/chat", "worker", prefer).status == 403
    assert call("/api/chat", "chatter", prefer).status == 403
    accepted(call("/api/chat", "both", prefer))


def test_the_location_keeps_the_tokens_prefix(start_foreman, simulator, tmp_path):
    foreman = start_foreman(simulator, tokens_file=tokens_file(tmp_path, sesame="inference,jobs"), polled=False)
    for path, headers in (("/as/sesame/jobs", []), ("/as/sesame/api/chat", [("Prefer", "respond-async")])):
        answer = foreman.call("POST", path, headers, chat())
        assert answer.header("location") == f"/as/sesame/jobs/{accepted(answer)}"


def test_a_model_must_be_installed(foreman, simulator):
    error = refused(foreman.call("POST", "/jobs", JSON, chat(model="gpt-oss")), 404, "not_found")
    assert "gpt-oss" in error["error"] and "if_missing=wait" in error["hint"]
    prefer = [("Prefer", "respond-async")]
    answer = foreman.call("POST", "/api/chat", prefer, chat(model="gpt-oss"))
    assert (answer.status, answer.json()) == (404, {"error": "model 'gpt-oss' not found"})
    answer = foreman.call("POST", "/v1/embeddings", prefer, chat(model="gpt-oss"))
    assert answer.status == 404
    assert answer.json()["error"]["message"] == 'model "gpt-oss" not found, try pulling it first'
    accepted(foreman.call("POST", "/jobs", JSON, chat(model="gpt-oss", if_missing="wait")))
    accepted(foreman.call("POST", "/jobs", JSON, chat(model="gpt-oss:120b-cloud")))
    simulator.add_model("gpt-oss:latest")
    accepted(foreman.call("POST", "/jobs", JSON, chat(model="gpt-oss")))


def test_a_repetition_needs_no_model(foreman, simulator):
    """Who asks again because the answer was lost is told of the job, though its model is gone by now."""
    simulator.add_model("passing:latest")
    first = chat(model="passing", if_missing="fail")
    prefer = [("Prefer", "respond-async"), ("Idempotency-Key", "once")]
    job = accepted(foreman.call("POST", "/jobs", [("Idempotency-Key", "once")], first))
    jobs.finish(foreman, job)
    simulator.remove_model("passing:latest")
    wait.until(lambda: foreman.call("POST", "/jobs", JSON, first).status == 404, what="the model is gone")
    assert accepted(foreman.call("POST", "/jobs", [("Idempotency-Key", "once")], first), 200) == job
    assert accepted(foreman.call("POST", "/api/chat", prefer, chat(model="passing")), 200) == job
    refused(foreman.call("POST", "/jobs", JSON, first | {"seed": 1, "idempotency_key": "once"}), 409, "conflict")
    refused(foreman.call("POST", "/jobs", JSON, first | {"idempotency_key": "twice"}), 404, "not_found")


def test_jobs_wait_for_a_box_that_sleeps(start_foreman, simulator):
    foreman = start_foreman(simulator, poll_interval="100ms")
    simulator.fault("refuse", times=0)
    wait.until(lambda: foreman.health()["degraded"], what="degraded")
    accepted(foreman.call("POST", "/jobs", JSON, chat()))
    accepted(foreman.call("POST", "/jobs", JSON, chat(model="who-knows")))
    accepted(foreman.call("POST", "/api/chat", [("Prefer", "respond-async")], chat()))


def test_jobs_wait_for_a_box_that_was_never_there(start_foreman):
    foreman = start_foreman("http://127.0.0.1:1", polled=False)
    accepted(foreman.call("POST", "/jobs", JSON, chat()))


def test_ready_says_whether_there_are_jobs(foreman):
    answer = wait.until(lambda: (got := foreman.call("GET", "/readyz")).status == 200 and got, what="ready")
    assert answer.json() == {"status": "ready", "jobs": "ready"}


def test_an_embedding_loads_its_model_once(start_foreman, simulator):
    foreman = start_foreman(simulator, poll_interval="1h")
    request = {"model": EMBED, "input": "x", "endpoint": "/api/embed"}
    cold = jobs.finish(foreman, jobs.submit_body(foreman, request))
    assert cold["load_seconds"] is not None
    wait.until(lambda: foreman.get("/api/ps")["models"], what="foreman knows that it is resident")
    with jobs.events(foreman, "/events") as events:
        warm = jobs.submit_body(foreman, request)
        found = events.until(lambda event: event.kind == "state" and event.data["state"] == "done")
    assert jobs.states_of(found) == ["queued", "working", "done"], warm
