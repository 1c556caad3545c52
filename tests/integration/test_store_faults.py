# SPDX-License-Identifier: MIT
"""The disk is full, or fails, or lies: jobs say so, chats go on, and nothing that was accepted is lost."""
import pytest

from harness import broken_disk, jobs, wait

MODEL = "llama3.2:3b"
BALLAST = 8 << 20


def chats(foreman, simulator):
    """Whether a chat still passes."""
    return foreman.call("POST", "/api/chat", body=simulator.chat(MODEL, stream=False)).status == 200


def try_submit(foreman, key, padding=0):
    """The status, and the job's id or the error's code."""
    answer = foreman.call("POST", "/jobs", body=jobs.request(key + " " * padding, idempotency_key=key))
    content = answer.json()
    return answer.status, content.get("job_id") or content.get("code")


def submit_until(foreman, status, most=400, padding=0):
    """Submits one after the other until that status comes; what was accepted, by its key, and the last code."""
    accepted = {}
    for number in range(most):
        got, what = try_submit(foreman, f"key-{number}", padding)
        if got == status:
            return accepted, what
        assert got == 202, f"{got} {what}"
        accepted[f"key-{number}"] = what
    raise AssertionError(f"{most} were accepted, and none was answered {status}")


def assert_each_is_one(foreman, accepted):
    """Who repeats a submission gets the same job, and none is there twice."""
    for key, job_id in accepted.items():
        assert try_submit(foreman, key) == (200, job_id), key
    assert len(jobs.every_job(foreman)) == len(accepted)


def disabled(foreman):
    return foreman.get("/readyz").get("jobs") == "disabled"


# Full.


@pytest.fixture
def full_disk(start_foreman, started, simulator):
    """A function that starts a foreman whose store has 16 MiB, half of it ballast: (foreman, ballast)."""

    def start(**settings):
        state = started.folder / "tiny"
        state.mkdir()
        foreman = start_foreman(
            simulator, build="plain", wrapper=broken_disk.tiny(state, "16m"), db=state / "foreman.db", **settings
        )
        ballast = broken_disk.within(foreman, state / "ballast")
        ballast.write_bytes(bytes(BALLAST))
        return foreman, ballast

    return start


def test_a_full_disk_refuses_jobs_until_there_is_room(full_disk, simulator):
    foreman, ballast = full_disk(min_free="0")
    jobs.pause(foreman)
    accepted, code = submit_until(foreman, 507, padding=200_000)
    assert accepted and code == "storage_full"
    assert chats(foreman, simulator)
    ballast.unlink()
    status, job_id = wait.until(lambda: (got := try_submit(foreman, "after"))[0] == 202 and got, what="there is room")
    assert status == 202
    jobs.resume(foreman)
    for each in [*accepted.values(), job_id]:
        jobs.finish(foreman, each)


def test_under_min_free_what_was_accepted_is_still_done(full_disk, simulator):
    """So much is left free that the log can be copied into the database, and the answers fit."""
    foreman, _ = full_disk(min_free="5MiB")
    jobs.pause(foreman)
    accepted, code = submit_until(foreman, 507, padding=200_000)
    assert accepted and code == "storage_full"
    jobs.resume(foreman)
    for each in accepted.values():
        jobs.finish(foreman, each)


# Failing.


@pytest.mark.parametrize("error, calls, when", [
    ("EIO", "fdatasync,fsync", "30"),
    ("EIO", "fdatasync,fsync", "30..32"),
    ("EIO", "pwrite64", "200"),
    ("EROFS", "pwrite64,fdatasync", "200..204"),
    ("ENOSPC", "pwrite64", "200..205"),
])
def test_a_failed_write_or_sync_leaves_no_doubt_in_the_end(start_foreman, started, simulator, error, calls, when):
    """Whoever was told "outcome unknown" asks again with the same key, and it is one job."""
    state = started.folder / "state"
    files = state / "foreman.db", state / "foreman.db-wal"
    foreman = start_foreman(
        simulator, build="plain", wrapper=broken_disk.failing(calls, error, when, *files), db=files[0], min_free="0"
    )
    jobs.pause(foreman)
    accepted, refusals = {}, []
    for number in range(60):
        key = f"key-{number}"

        def ask():
            status, what = try_submit(foreman, key)
            if status in (200, 202):
                return what
            refusals.append((status, what))
            return None

        accepted[key] = wait.until(ask, within=30, every=0.05, what="the store is back")
        assert refusals or number < 59, "nothing failed"
    assert set(refusals) <= {(503, "store_unavailable"), (507, "storage_full")}, refusals
    assert chats(foreman, simulator)
    assert_each_is_one(foreman, accepted)
    jobs.resume(foreman)
    for job_id in accepted.values():
        jobs.finish(foreman, job_id)


def test_a_disk_that_stays_broken_stops_jobs_alone(start_foreman, started, simulator):
    state = started.folder / "state"
    files = state / "foreman.db", state / "foreman.db-wal"
    foreman = start_foreman(
        simulator, build="plain", wrapper=broken_disk.failing("fdatasync,fsync", "EIO", "30+", *files), db=files[0]
    )
    jobs.pause(foreman)
    _, code = submit_until(foreman, 503)
    assert code == "store_unavailable"
    assert wait.until(lambda: disabled(foreman), what="jobs are disabled")
    assert chats(foreman, simulator)
    assert foreman.get("/readyz")["status"] == "ready"
