# SPDX-License-Identifier: MIT
"""The bytes of artifacts: whole and in ranges, small and large."""
import json

import pytest

from harness import jobs, wire

TOKENS = 200_000  # far more than one piece of the store


@pytest.fixture(scope="module")
def done(shared):
    """A job that is done: (foreman, its artifact's path, its bytes)."""
    _, foreman = shared
    job = jobs.submit(foreman, tokens=40)
    jobs.finish(foreman, job)
    path = f"/jobs/{job}/artifacts/completion"
    answer = foreman.call("GET", path)
    assert answer.status == 200
    return foreman, path, answer.body


def test_whole(done):
    foreman, path, body = done
    answer = foreman.call("GET", path)
    assert answer.header("content-type").startswith("application/json")
    assert answer.header("etag").startswith('"') and answer.header("accept-ranges") == "bytes"
    assert int(answer.header("content-length")) == len(body) and json.loads(body)["done"] is True
    head = foreman.call("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert [head.header(name) for name in ("etag", "content-length", "content-type")] == [
        answer.header(name) for name in ("etag", "content-length", "content-type")]


@pytest.mark.parametrize("header, start, end", [
    ("bytes=0-9", 0, 10), ("bytes=5-5", 5, 6), ("bytes=7-", 7, None), ("bytes=-6", -6, None),
    ("bytes=3-99999999999999999999", 3, None), ("bytes=-99999999", 0, None),
])
def test_ranges(done, header, start, end):
    foreman, path, body = done
    answer = foreman.call("GET", path, [("Range", header)])
    assert answer.status == 206
    assert answer.body == body[start:end]
    first = start % len(body)
    assert answer.header("content-range") == f"bytes {first}-{first + len(answer.body) - 1}/{len(body)}"
    head = foreman.call("HEAD", path, [("Range", header)])
    assert (head.status, head.header("content-length")) == (206, str(len(answer.body)))


@pytest.mark.parametrize("header", ["bytes=0-1,3-4", "bytes=9-3", "bytes=x", "lines=0-1", "bytes=-"])
def test_what_is_no_range_gets_all(done, header):
    foreman, path, body = done
    answer = foreman.call("GET", path, [("Range", header)])
    assert (answer.status, answer.body) == (200, body)


@pytest.mark.parametrize("header", ["bytes=9999999-", "bytes=9999999-99999999", "bytes=-0"])
def test_ranges_outside(done, header):
    foreman, path, body = done
    answer = foreman.call("GET", path, [("Range", header)])
    assert answer.status == 416
    assert answer.header("content-range") == f"bytes */{len(body)}"
    assert answer.json()["code"] == "invalid_request"


def test_conditions(done):
    foreman, path, body = done
    etag = foreman.call("HEAD", path).header("etag")
    for value in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        answer = foreman.call("GET", path, [("If-None-Match", value)])
        assert (answer.status, answer.body, answer.header("etag")) == (304, b"", etag), value
    assert foreman.call("GET", path, [("If-None-Match", '"x"')]).body == body
    ranged = [("Range", "bytes=2-3")]
    assert foreman.call("GET", path, ranged + [("If-Range", etag)]).body == body[2:4]
    assert foreman.call("GET", path, ranged + [("If-Range", '"x"')]).body == body


def test_there_is_no_such_artifact(done):
    foreman, path, _ = done
    for name in ("partial", "x", "request"):
        answer = foreman.call("GET", path.replace("completion", name))
        assert answer.status == 404 and answer.json()["code"] == "not_found"


def test_a_large_answer_has_a_url(start_foreman, simulator):
    foreman = start_foreman(simulator, inline_limit="1KiB")
    job = jobs.submit(foreman, tokens=2000)
    found = jobs.finish(foreman, job)
    [artifact] = found["artifacts"]
    assert found["result"] is None and artifact["inline"] is None
    answer = foreman.call("GET", artifact["url"])
    assert len(answer.body) == artifact["size"] > 1024
    assert json.loads(answer.body)["eval_count"] == 2000


def test_a_very_large_answer_flows_to_a_slow_reader(foreman, simulator):
    job = jobs.submit(foreman, tokens=TOKENS)
    size = jobs.finish(foreman, job)["artifacts"][0]["size"]
    assert size > 2**20
    path = f"/jobs/{job}/artifacts/completion"
    with foreman.connect(receive_buffer=4096) as connection:
        connection.request("GET", path)
        head = connection.head()
        foreman.status()
        body = connection.body_into(head).body
    assert len(body) == size and json.loads(body)["eval_count"] == TOKENS
    tail = foreman.call("GET", path, [("Range", f"bytes={size - 600_000}-{size - 1}")])
    assert tail.status == 206 and tail.body == body[-600_000:]


def test_urls_keep_the_token_in_their_path(start_foreman, simulator, tmp_path):
    foreman = start_foreman(simulator, inline_limit="64", token="secret")
    answer = foreman.call("POST", "/as/secret/jobs", body=jobs.request())
    job = answer.json()["job_id"]
    assert answer.header("location") == f"/as/secret/jobs/{job}"
    found = wire.call(foreman.port, "GET", f"/as/secret/jobs/{job}?wait=60s").json()
    [artifact] = found["artifacts"]
    assert artifact["url"] == f"/as/secret/jobs/{job}/artifacts/completion"
    assert foreman.call("GET", artifact["url"]).status == 200


def test_what_was_written_before_a_cancel_is_kept(foreman, simulator):
    simulator.hold("tokens")
    job = jobs.submit(foreman, tokens=50)
    simulator.let("tokens", 20)
    with jobs.events(foreman, f"/jobs/{job}/events") as events:
        found = events.until(lambda event: event.kind == "output")
        foreman.call("POST", f"/jobs/{job}/cancel")
        found += events.rest()
    simulator.open("tokens")
    partial = foreman.call("GET", f"/jobs/{job}/artifacts/partial")
    if partial.status == 200:
        assert jobs.text_of(found).startswith(partial.body.decode())
