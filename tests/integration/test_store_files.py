# SPDX-License-Identifier: MIT
"""Databases that cannot be used: they are left as they are, jobs are disabled, and chats pass."""
import contextlib
import hashlib
import os
import sqlite3

import pytest

from harness import broken_disk, jobs, wait
from harness.foreman import shim

MODEL = "llama3.2:3b"


@pytest.fixture
def folder(started):
    folder = started.folder / "foreman"
    (folder / "state").mkdir(parents=True)
    return folder


@pytest.fixture
def start(start_foreman, simulator, folder):
    """A function that starts a foreman on the same file as the one before."""

    def start_again(**settings):
        return start_foreman(simulator, build="plain", db=broken_disk.database(folder)[0], **settings)

    return start_again


@pytest.fixture
def used(start, folder):
    """The file of a foreman that had a few jobs and was stopped."""
    foreman = start()
    submitted = [jobs.submit(foreman, content=f"number {number}") for number in range(5)]
    for job_id in submitted:
        jobs.finish(foreman, job_id)
    assert foreman.stop() == 0
    return broken_disk.database(folder)[0]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def assert_disabled(foreman, path, *words):
    """Jobs are refused, in words that say why; chats pass; the file is not touched, now or at the end."""
    before = digest(path) if os.access(path, os.R_OK) else None
    answer = foreman.call("POST", "/jobs", body=jobs.request())
    assert answer.status == 503 and answer.json()["code"] == "store_unavailable", answer.body
    assert answer.header("Retry-After")
    assert foreman.get("/readyz") == {"status": "ready", "jobs": "disabled"}
    chat = {"model": MODEL, "stream": False, "messages": [{"role": "user", "content": "Hello"}]}
    assert foreman.call("POST", "/api/chat", body=chat).status == 200
    lines = [line for line in foreman.stderr().splitlines() if path.name in line or "jobs" in line.lower()]
    assert any(all(word.lower() in line.lower() for word in words) for line in lines), lines
    foreman.stop()
    assert before is None or digest(path) == before


def test_a_newer_schema_names_the_backup(used, start):
    with contextlib.closing(sqlite3.connect(used)) as database:
        database.execute("PRAGMA user_version = 999")
        database.commit()
    assert_disabled(start(), used, "newer", ".bak")


def test_somebody_elses_database(start, folder):
    path = broken_disk.database(folder)[0]
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript("PRAGMA application_id = 7; CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1);")
    assert_disabled(start(), path, "another program")


def test_a_text(start, folder):
    path = broken_disk.database(folder)[0]
    path.write_text("Dear diary\n" * 1000)
    assert_disabled(start(), path, "is no database")


def test_a_flipped_bit_in_the_first_page(used, start):
    content = bytearray(used.read_bytes())
    content[3] ^= 0x10
    used.write_bytes(content)
    assert_disabled(start(), used, "is no database")


def test_flipped_bits_in_the_middle(used, start):
    """A page of a tree that makes no sense any more: it is noticed, and not made worse."""
    content = bytearray(used.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096] ^= 0xFF
    used.write_bytes(content)
    assert_disabled(start(), used, "malformed")


def test_another_persons_file(used, start):
    if os.getuid() == 0:
        os.chown(used, 65534, 65534)
        assert_disabled(start(), used, "belongs to user 65534")
    else:
        used.chmod(0)
        assert_disabled(start(), used, "cannot be opened")


def test_two_on_one_file(start, folder):
    first = start()
    job_id = jobs.submit(first)
    assert_disabled(start(), broken_disk.database(folder)[0], "another")
    assert jobs.finish(first, job_id)


@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_a_damaged_log_loses_what_it_held_and_no_more(start, folder, damage):
    """What was checkpointed is there, and the log's beginning; foreman works on."""
    first = start()
    jobs.pause(first)
    submitted = [jobs.submit(first, content=f"number {number}") for number in range(20)]
    first.kill()
    file, log = broken_disk.database(folder)
    content = bytearray(log.read_bytes())
    assert content
    if damage == "cut":
        log.write_bytes(content[: len(content) * 2 // 3])
    else:
        content[len(content) * 2 // 3] ^= 1
        log.write_bytes(content)
    second = start()
    left = sorted(job["job_id"] for job in jobs.every_job(second))
    assert left == submitted[: len(left)] and 0 < len(left) < len(submitted)
    jobs.resume(second)
    for job_id in [*left, jobs.submit(second)]:
        jobs.finish(second, job_id)
    second.stop()
    with contextlib.closing(sqlite3.connect(file)) as database:
        assert [row[0] for row in database.execute("PRAGMA integrity_check")] == ["ok"]


def test_a_database_that_is_being_opened_is_not_disabled(start_foreman, simulator, folder):
    """On a disk that takes its time, foreman calls itself ready when it knows whether there are jobs."""
    slow = {"LD_PRELOAD": shim("slow-sync"), "SHIM_SYNC_MS": "1000"}
    foreman = start_foreman(simulator, build="plain", db=broken_disk.database(folder)[0], environment=slow, polled=False)
    answer = foreman.call("GET", "/readyz")
    assert (answer.status, answer.json()["jobs"]) == (503, "opening")
    answer = wait.until(lambda: (got := foreman.call("GET", "/readyz")).status == 200 and got, within=60, what="ready")
    assert answer.json() == {"status": "ready", "jobs": "ready"}
