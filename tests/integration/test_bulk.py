# SPDX-License-Identifier: MIT
"""Submitting many jobs at once: one request a line."""
import json

from harness import jobs, wait

CHAT = "llama3.2:3b"
NDJSON = ("Content-Type", "application/x-ndjson")


def chat(number=0, **members):
    return {"model": CHAT, "messages": [{"role": "user", "content": f"number {number}"}]} | members


def lines_of(*lines):
    """Lines of text or of objects, each with its end."""
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)


def submit(foreman, body, *headers):
    """The replies to a bulk submission."""
    answer = foreman.call("POST", "/jobs", [NDJSON, *headers], body)
    assert answer.status == 200, answer.body
    assert answer.header("content-type") == "application/x-ndjson"
    return answer.lines()


def test_each_line_is_answered_in_order(shared):
    simulator, foreman = shared
    replies = submit(
        foreman,
        lines_of(
            chat(1), b"{", b"", b"  \r", chat(2, priority="high"), chat(3, model="gpt-oss"), chat(4),
            {"custom_id": "five", "method": "POST", "url": "/v1/embeddings", "body": {"model": CHAT, "input": "a"}},
            {"custom_id": "six", "method": "POST", "url": "/v1/images", "body": {"model": CHAT}},
        ) + json.dumps(chat(7)).encode(),
        )
    ids = [reply.get("job_id") for reply in replies]
    assert [index for index, job in enumerate(ids) if job] == [0, 4, 5, 7]
    assert sorted(filter(None, ids)) == [job for job in ids if job]
    errors = [(reply["line"], reply["code"], reply.get("field")) for reply in replies if "error" in reply]
    assert errors == [
        (2, "invalid_request", None), (5, "invalid_request", "priority"), (6, "not_found", None),
        (9, "invalid_request", "url"),
    ]


def test_nothing_is_answered_with_nothing(shared):
    _, foreman = shared
    assert submit(foreman, b"") == []
    assert submit(foreman, b"\n\n") == []


def test_a_key_for_all_makes_each_line_one_job(shared):
    _, foreman = shared
    body = lines_of(chat(1), b"", chat(2), chat(3, idempotency_key="its own"))
    first = submit(foreman, body, ("Idempotency-Key", "night"))
    assert submit(foreman, body, ("Idempotency-Key", "night")) == first
    for key, number, reply in (("night#1", 1, 0), ("night#3", 2, 1), ("its own", 3, 2)):
        answer = foreman.call("POST", "/jobs", [("Idempotency-Key", key)], chat(number))
        assert (answer.status, answer.json()) == (200, first[reply])
    changed = submit(foreman, lines_of(chat(9), b"", chat(2)), ("Idempotency-Key", "night"))
    assert changed[0]["code"] == "conflict" and changed[1] == first[1]


def test_repetitions_need_no_model(foreman, simulator):
    """A file that is sent again makes the same jobs, though a model of it is gone by now."""
    simulator.add_model("passing:latest")
    lines = [chat(number, model="passing") for number in range(3)]
    night = ("Idempotency-Key", "night")
    first = submit(foreman, lines_of(*lines), night)
    for reply in first:
        jobs.finish(foreman, reply["job_id"])
    simulator.remove_model("passing:latest")
    wait.until(lambda: "code" in submit(foreman, lines_of(chat(model="passing")))[0], what="the model is gone")
    again = submit(foreman, lines_of(*lines[:2], chat(9, model="passing"), lines[0], chat(4)), night)
    assert again[:2] == first[:2]
    assert [(reply["line"], reply["code"]) for reply in again[2:4]] == [(3, "conflict"), (4, "not_found")]
    assert again[4]["job_id"] not in [reply["job_id"] for reply in first]


def test_a_model_is_asked_for_once(foreman, simulator):
    simulator.forget()
    replies = submit(foreman, lines_of(*(chat(number, model="gpt-oss") for number in range(50))))
    assert [reply["code"] for reply in replies] == ["not_found"] * 50
    assert len(simulator.requests("/api/tags")) == 1


def test_a_line_that_is_too_long_is_only_itself(start_foreman, simulator):
    foreman = start_foreman(simulator, max_body="100KiB")
    replies = submit(foreman, lines_of(chat(1), chat(2, padding="x" * 300_000), chat(3)) * 100)
    assert len(replies) == 300
    for index in range(0, 300, 3):
        assert "job_id" in replies[index] and "job_id" in replies[index + 2]
        assert (replies[index + 1]["code"], replies[index + 1]["line"]) == ("too_large", index + 2)


def test_lines_come_in_any_pieces(foreman):
    body = lines_of(*(chat(number) for number in range(20)))
    with foreman.connect() as connection:
        connection.request("POST", "/jobs", [NDJSON, ("Transfer-Encoding", "chunked")])
        for start in range(0, len(body), 37):
            piece = body[start:start + 37]
            connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        connection.send(b"0\r\n\r\n")
        answer = connection.answer("POST")
        assert answer.status == 200 and len(answer.lines()) == 20
        connection.request("GET", "/healthz")
        assert connection.answer().status == 200


def test_memory_is_flat_however_many_lines(start_foreman, simulator):
    foreman = start_foreman(simulator, build="plain")
    line = lines_of(chat(1, padding="x" * 4000))
    submit(foreman, line * 1000)
    foreman.reset_peak_rss()
    before = foreman.rss()
    with foreman.connect(timeout=120) as connection:
        count = 30_000
        connection.request("POST", "/jobs", [NDJSON, ("Content-Length", str(len(line) * count))])
        for _ in range(count // 100):
            connection.send(line * 100)
        answer = connection.answer("POST")
    assert len(answer.lines()) == count
    assert foreman.peak_rss() - before < 24 * 1024 * 1024


def test_a_slow_reader_gets_all(foreman):
    count = 5000
    with foreman.connect(timeout=60, receive_buffer=4096) as connection:
        connection.request("POST", "/jobs", [NDJSON], lines_of(chat(1)) * count)
        assert len(connection.answer("POST").lines()) == count


def test_what_was_sent_before_the_client_left_stays(foreman):
    with foreman.connect() as connection:
        body = lines_of(chat(1), chat(2))
        connection.request(
            "POST", "/jobs", [NDJSON, ("Idempotency-Key", "cut"), ("Content-Length", str(len(body) + 1000))], body + b'{"mod'
        )
        wait.until(lambda: repeated(foreman, "cut#2", 2), what="the second line is stored")
        connection.abort()
    foreman.wait_quiet()
    assert repeated(foreman, "cut#1", 1)
    assert not repeated(foreman, "cut#3", 3)


def repeated(foreman, key, number):
    """Whether that was a job before; then it is one."""
    answer = foreman.call("POST", "/jobs", [("Idempotency-Key", key)], chat(number))
    assert answer.status in (200, 202), answer.body
    return answer.status == 200


def test_who_may_not_submit_is_told_at_once(start_foreman, simulator):
    foreman = start_foreman(simulator, token="sesame")
    assert foreman.call("POST", "/jobs", [NDJSON], lines_of(chat(1))).status == 401
    headers = [("Authorization", "Bearer sesame"), ("Idempotency-Key", "x" * 256)]
    answer = foreman.call("POST", "/jobs", [NDJSON, *headers], lines_of(chat(1)))
    assert (answer.status, answer.json()["field"]) == (400, "idempotency_key")
