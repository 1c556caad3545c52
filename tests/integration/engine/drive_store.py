# SPDX-License-Identifier: MIT
"""A job's way through the store: submitted, claimed, begun, written, done, and there after a restart."""
import sys

from calls import call
from gi.repository import Foreman, ForemanEngine, GLib

OWNER = "01KDVDFG00000000000000AAAA"
REQUEST = b'{"model":"qwen3:8b","messages":[]}'
ANSWER = b'{"message":{"content":"Hello"},"done":true}'
STATE = Foreman.JobState


def open_store(path):
    limits = ForemanEngine.StoreLimits()
    limits.inline_limit = 64 * 1024
    store = ForemanEngine.Store.new(path, limits)
    assert not store.props.available
    assert call(store, "open")
    assert store.props.available
    return store


def submit(store, now, priority=0):
    submission = ForemanEngine.Submission.new_for("local", "/api/chat")
    submission.priority = priority
    submission.set_request("qwen3:8b", "qwen3:8b", GLib.Bytes.new(REQUEST))
    job, is_repeated = call(store, "submit", submission, now)
    assert job.state == STATE.QUEUED and not is_repeated
    return job.id


def run(store, now):
    claim, = call(store, "claim", OWNER, 1)
    job = claim.job
    assert claim.request.get_data() == REQUEST
    assert call(store, "begin", job.id, job.claim, OWNER, STATE.WORKING, now)
    assert call(store, "append", job.id, job.claim, OWNER, "completion", "application/json", GLib.Bytes.new(ANSWER))
    end = ForemanEngine.AttemptEnd.new(job.id, job.claim, OWNER)
    end.state = STATE.DONE
    assert call(store, "end", end, now).state == STATE.DONE
    return job.id


def list_jobs(store):
    query = ForemanEngine.JobQuery.new()
    query.limit = 10
    query.with_data = True
    jobs, has_more = call(store, "list_jobs", query)
    assert not has_more
    return jobs


def check_error(store):
    try:
        call(store, "get_job", OWNER, None, False)
    except GLib.Error as error:
        assert error.matches(Foreman.error_quark(), Foreman.Error.NOT_FOUND), error
    else:
        raise AssertionError("there is no such job")


def main(folder):
    path = f"{folder}/state/foreman.db"
    now = GLib.get_real_time()
    store = open_store(path)
    changes = []
    store.connect("changed", lambda _, jobs: changes.extend((job.id, job.state) for job in jobs))
    usual, urgent = submit(store, now), submit(store, now, priority=7)
    assert run(store, now) == urgent
    assert changes == [
        (usual, STATE.QUEUED), (urgent, STATE.QUEUED), (urgent, STATE.WORKING), (urgent, STATE.DONE),
    ], changes
    check_error(store)
    call(store, "close")

    store = open_store(path)
    done, queued = list_jobs(store)
    assert (done.id, queued.id) == (urgent, usual)
    assert (done.state, queued.state) == (STATE.DONE, STATE.QUEUED)
    assert [(artifact.name, artifact.data.get_data()) for artifact in done.artifacts] == [("completion", ANSWER)]
    assert call(store, "read", usual, "request", 0, 1000).get_data() == REQUEST
    counts = store.get_counts()
    assert counts[STATE.DONE] == 1 and counts[STATE.QUEUED] == 1 and sum(counts) == 2
    call(store, "close")


main(sys.argv[1])
