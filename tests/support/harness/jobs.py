# SPDX-License-Identifier: MIT
"""Jobs of a foreman: submitting them, asking after them, waiting for them."""
import json

from . import wait

TERMINAL = ("done", "failed", "cancelled")


def request(model, content="Hello", tokens=4, **members):
    """The body of a POST /jobs: a short chat that is the same whenever it is asked, and extension fields."""
    return {
        "model": model, "messages": [{"role": "user", "content": content}],
        "options": {"num_predict": tokens, "seed": 1},
    } | members


def submit(foreman, body, **options):
    """A job's id; it must be accepted."""
    answer = foreman.call("POST", "/jobs", body=body, **options)
    assert answer.status in (200, 202), f"{answer.status} {answer.body!r}"
    return answer.json()["job_id"]


def submit_many(foreman, bodies, **options):
    """Ids in the same order; all must be accepted."""
    lines = b"".join(json.dumps(body).encode() + b"\n" for body in bodies)
    headers = [("Content-Type", "application/x-ndjson")]
    answer = foreman.call("POST", "/jobs", headers, lines, **{"timeout": 600} | options)
    assert answer.status == 200, f"{answer.status} {answer.body!r}"
    return [line["job_id"] for line in answer.lines()]


def act(foreman, job_id, verb):
    """Cancels or retries; the status."""
    return foreman.call("POST", f"/jobs/{job_id}/{verb}").status


def job(foreman, job_id):
    return foreman.get(f"/jobs/{job_id}")


def every_job(foreman, query=""):
    """All jobs, oldest page last."""
    found, after = [], ""
    while after is not None:
        page = foreman.get(f"/jobs?limit=1000{query}" + (f"&after={after}" if after else ""))
        found += page["jobs"]
        after = page["next"] if page["has_more"] else None
    return found


def counts(foreman, group):
    """How many of a group are in each state."""
    return foreman.get(f"/groups/{group}")["counts"]


def wait_for_state(foreman, job_id, *states, within=30.0):
    """The job, once it is in one of the states."""
    def is_there():
        found = job(foreman, job_id)
        return found if found["state"] in states else None

    return wait.until(is_there, within, f"job {job_id} is {' or '.join(states)}")


def pause(foreman, scope="jobs", **members):
    assert foreman.call("POST", "/pause", body={"scope": scope} | members).status < 300


def resume(foreman):
    assert foreman.call("POST", "/resume").status < 300
