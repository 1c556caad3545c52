# SPDX-License-Identifier: MIT
"""Jobs as a client of foreman sees them, and the events it is told."""
import contextlib
import json
import time

from . import wait

TERMINAL = ("done", "failed", "cancelled")
MODEL = "llama3.2:3b"
WITHIN = 40.0


def bearer(token):
    return [("Authorization", f"Bearer {token}")] if token else []


def request(content="Hello", tokens=8, model=MODEL, **members):
    """The body of a submission: a chat, and extension fields as keywords."""
    options = {"num_predict": tokens, "seed": 1}
    if tokens > 40_000:  # Ollama ends an answer at ten times its context
        options["num_ctx"] = tokens
    return {"model": model, "messages": [{"role": "user", "content": content}], "options": options} | members


def submit(foreman, token=None, **members):
    """Submits a chat; the job's id."""
    answer = foreman.call("POST", "/jobs", bearer(token), request(**members))
    assert answer.status == 202, f"{answer.status} {answer.body!r}"
    return answer.json()["job_id"]


def submit_body(foreman, body):
    """The id of a job whose body is made already, or of the one that it repeats."""
    answer = foreman.call("POST", "/jobs", body=body)
    assert answer.status in (200, 202), f"{answer.status} {answer.body!r}"
    return answer.json()["job_id"]


def submit_many(foreman, bodies):
    """Submits in bulk; the ids in the same order."""
    lines = b"".join(json.dumps(body).encode() + b"\n" for body in bodies)
    headers = [("Content-Type", "application/x-ndjson")]
    answer = foreman.call("POST", "/jobs", headers, lines, timeout=600)
    assert answer.status == 200, f"{answer.status} {answer.body!r}"
    return [line["job_id"] for line in answer.lines()]


def get(foreman, job, query="", token=None):
    """The job object."""
    answer = foreman.call("GET", f"/jobs/{job}{query}", bearer(token), timeout=90)
    assert answer.status == 200, f"{answer.status} {answer.body!r}"
    return answer.json()


def finish(foreman, job, state="done", token=None):
    """Waits until the job is terminal; the job object."""
    found = get(foreman, job, "?wait=60s", token)
    assert found["state"] == state, found
    return found


def wait_for_state(foreman, job, state, token=None):
    wait.until(lambda: get(foreman, job, token=token)["state"] == state, what=f"{job} is {state}")


def every_job(foreman):
    """All job objects, the newest first."""
    found, after = [], ""
    while after is not None:
        page = foreman.get("/jobs?limit=1000" + (f"&after={after}" if after else ""))
        found += page["jobs"]
        after = page["next"] if page["has_more"] else None
    return found


def counts(foreman, group):
    """How many of a group are in each state."""
    return foreman.get(f"/groups/{group}")["counts"]


def act(foreman, job, verb):
    """Cancels or retries; the status."""
    return foreman.call("POST", f"/jobs/{job}/{verb}").status


def pause(foreman, **members):
    assert foreman.call("POST", "/pause", body={"scope": "jobs"} | members).status == 200


def resume(foreman):
    assert foreman.call("POST", "/resume").status == 200


class Event:
    """One server-sent event."""

    def __init__(self, text):
        fields = dict(line.split(": ", 1) for line in text.split("\n"))
        self.kind, self.id = fields["event"], fields.get("id")
        self.data = json.loads(fields["data"])

    def __repr__(self):
        return f"{self.kind} {self.id} {self.data}"


class Events:
    """A stream of server-sent events that is being read."""

    def __init__(self, connection, answer):
        self.connection, self.answer, self.text = connection, answer, b""
        self.ended = False

    def next(self):
        """The next event, without comments; None when the stream has ended."""
        deadline = time.monotonic() + WITHIN  # comments keep the connection from timing out
        while True:
            assert time.monotonic() < deadline, "no event came"
            event, separator, rest = self.text.partition(b"\n\n")
            if separator:
                self.text = rest
                if not event.startswith(b":"):
                    return Event(event.decode())
            elif self.ended:
                return None
            else:
                chunk = self.connection.chunk()
                self.ended = not chunk
                self.text += chunk

    def until(self, condition):
        """All events up to the first for which `condition` holds, that one included."""
        events = []
        while True:
            event = self.next()
            assert event is not None, f"the stream ended after {events}"
            events.append(event)
            if condition(event):
                return events

    def rest(self):
        """All events up to the end of the stream."""
        return list(iter(self.next, None))


@contextlib.contextmanager
def events(foreman, target, last=None, token=None, **options):
    """The events that a GET of `target` streams, after the one with the id `last`."""
    with foreman.connect(**options) as connection:
        connection.request("GET", target, bearer(token) + ([("Last-Event-ID", last)] if last else []))
        answer = connection.head()
        assert answer.status == 200, f"{answer.status} {connection.body_into(answer).body!r}"
        assert answer.header("content-type") == "text/event-stream"
        yield Events(connection, answer)


def text_of(found):
    """The text that output events of one run make, whose offsets must fit."""
    text = b""
    for event in found:
        if event.kind == "output":
            assert event.data["offset"] == len(text), event
            text += event.data["text"].encode()
    return text.decode()


def states_of(found):
    return [event.data["state"] for event in found if event.kind == "state"]
