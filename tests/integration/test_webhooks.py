# SPDX-License-Identifier: MIT
"""Who gave a webhook's URL is told of each state of the job."""
import hashlib
import hmac
import http.server
import json
import threading

import pytest

from harness import jobs, wait

SECRET = "hush-hush"


class Receiver:
    """A server that takes webhooks; each is (headers by name in lower case, body)."""

    def __init__(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.got, self.status = [], 204
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def events(self, job):
        """What was told of a job, in the order in which it came."""
        told = [json.loads(body) for _, body in list(self.got)]
        return [event for event in told if event["job_id"] == job]

    def wait_for(self, job, state):
        wait.until(lambda: state in [event["state"] for event in self.events(job)], what=f"{state} is told")
        return self.events(job)


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def pending(foreman, job):
    return jobs.get(foreman, job)["webhook"]["pending"]


def test_each_state_is_told_in_order_and_signed(start_foreman, simulator, receiver):
    foreman = start_foreman(simulator, webhook_secret=SECRET)
    job = jobs.submit(foreman, state_webhook_url=receiver.url)
    found = jobs.finish(foreman, job)
    events = receiver.wait_for(job, "done")
    previous = ""
    for event in events:
        assert list(event) == [
            "job_id", "state", "previous_state", "timestamp", "model", "attempt", "error", "result", "artifacts",
        ]
        assert event["previous_state"] == previous
        assert (event["result"] is None) == (event["state"] != "done")
        previous = event["state"]
    assert [events[0]["state"], events[-1]["state"]] == ["queued", "done"]
    assert events[-1]["result"] == found["result"]
    assert events[-1]["artifacts"] == found["artifacts"]
    for headers, body in receiver.got:
        assert headers["content-type"] == "application/json"
        expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        assert headers["x-foreman-signature"] == f"sha256={expected}"
    wait.until(lambda: pending(foreman, job) == 0, what="all is delivered")
    assert jobs.get(foreman, job)["webhook"] == {"pending": 0, "last_status": 204}


def test_only_the_states_that_were_asked_for(foreman, receiver):
    job = jobs.submit(foreman, state_webhook_url=receiver.url, webhook_events=["done", "failed"])
    jobs.finish(foreman, job)
    assert [event["state"] for event in receiver.wait_for(job, "done")] == ["done"]


def test_what_is_sent_again_when_asked(foreman, receiver):
    job = jobs.submit(foreman, state_webhook_url=receiver.url, webhook_events=["done"])
    jobs.finish(foreman, job)
    wait.until(lambda: len(receiver.got) == 1 and pending(foreman, job) == 0, what="it is told")
    assert foreman.call("POST", f"/jobs/{job}/redeliver").status == 200
    wait.until(lambda: len(receiver.got) == 2, what="it is told again")
    (first, body), (second, again) = receiver.got
    assert first["x-foreman-event-id"] == second["x-foreman-event-id"]
    assert body == again


def test_a_receiver_that_refuses_harms_no_job(foreman, receiver):
    receiver.status = 500
    job = jobs.submit(foreman, state_webhook_url=receiver.url)
    jobs.finish(foreman, job)
    wait.until(lambda: jobs.get(foreman, job)["webhook"]["last_status"] == 500, what="it was tried")
    assert pending(foreman, job) >= 1
    assert {event["state"] for event in receiver.events(job)} == {"queued"}


@pytest.mark.parametrize("url", [
    "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "http://[::ffff:169.254.1.1]/",
    "ftp://127.0.0.1/", "http://user:password@127.0.0.1/", "nonsense",
])
def test_what_is_never_called_is_refused_at_once(shared, url):
    _, foreman = shared
    answer = foreman.call("POST", "/jobs", body=jobs.request(state_webhook_url=url))
    assert answer.status == 400, answer.body
    error = answer.json()
    assert (error["code"], error["field"]) == ("invalid_request", "state_webhook_url")
    assert "password" not in error["error"] or "a password" in error["error"]


@pytest.mark.parametrize("place", ["webhook-before:2", "webhook-after:2"])
def test_a_crash_loses_and_swaps_nothing(start_foreman, simulator, receiver, tmp_path, place):
    """The second of the events is under way when foreman dies: it comes again, with the same id."""
    settings = {"build": "plain", "db": tmp_path / "foreman.db"}
    foreman = start_foreman(simulator, environment={"FOREMAN_FAILPOINT": place}, **settings)
    job = jobs.submit(foreman, state_webhook_url=receiver.url)
    foreman.wait()
    foreman = start_foreman(simulator, **settings)
    jobs.finish(foreman, job)
    wait.until(lambda: pending(foreman, job) == 0, what="all is delivered")
    ids = [int(headers["x-foreman-event-id"]) for headers, _ in receiver.got]
    assert ids == sorted(ids)
    assert len(ids) == len(set(ids)) + (1 if place.startswith("webhook-after") else 0)
    told = {int(headers["x-foreman-event-id"]): json.loads(body) for headers, body in receiver.got}
    states = [""] + [event["state"] for event in told.values()]
    assert [event["previous_state"] for event in told.values()] == states[:-1]
    assert states[-1] == "done"
