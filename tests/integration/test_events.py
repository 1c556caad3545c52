# SPDX-License-Identifier: MIT
"""Jobs as they go: states, progress and text as server-sent events, with and without interruptions."""
import pytest

from harness import jobs, wait

DONE = ["queued", "working", "done"]


def all_of(foreman, job):
    """The text that the model wrote for a job that is done."""
    return foreman.get(f"/jobs/{job}/artifacts/completion")["message"]["content"]


def without_loading(found):
    return [state for state in jobs.states_of(found) if state != "loading"]


def test_a_job_from_its_beginning_to_its_end(foreman, simulator):
    simulator.hold("tokens")
    job = jobs.submit(foreman, tokens=50, group="night")
    with jobs.events(foreman, f"/jobs/{job}/events") as events:
        assert events.answer.header("cache-control") == "no-cache"
        assert events.answer.header("x-accel-buffering") == "no"
        [first] = events.until(lambda event: True)
        assert (first.kind, first.data["state"], first.data["previous_state"]) == ("state", "queued", "")
        assert (first.data["job_id"], first.data["model"], first.data["group"]) == (job, jobs.MODEL, "night")
        simulator.open("tokens")
        found = [first] + events.rest()
    assert without_loading(found) == DONE
    assert found[-1].data["state"] == "done"
    assert jobs.text_of(found) == all_of(foreman, job)
    assert len({event.data["run"] for event in found if event.kind == "output"}) == 1


def test_text_comes_while_it_is_written(foreman, simulator):
    simulator.hold("tokens")
    job = jobs.submit(foreman, tokens=50)
    with jobs.events(foreman, f"/jobs/{job}/events") as events:
        simulator.let("tokens", 3)
        [*_, first] = events.until(lambda event: event.kind == "output")
        simulator.let("tokens", 3)
        [*_, second] = events.until(lambda event: event.kind == "output")
        assert first.data["text"] and second.data["offset"] >= len(first.data["text"])
        simulator.open("tokens")
        events.rest()


def test_progress_counts_tokens(foreman, simulator):
    simulator.hold("tokens")
    job = jobs.submit(foreman, tokens=50)
    with jobs.events(foreman, f"/jobs/{job}/events") as events:
        simulator.let("tokens", 10)
        [*_, event] = events.until(lambda event: event.kind == "progress")
        assert event.data["job_id"] == job and 1 <= event.data["tokens"] <= 10 and event.id is None
        simulator.open("tokens")
        events.rest()


def test_a_reader_that_comes_late_gets_all(foreman, simulator):
    simulator.hold("tokens")
    job = jobs.submit(foreman, tokens=50)
    simulator.let("tokens", 20)
    with jobs.events(foreman, f"/jobs/{job}/events") as events:
        events.until(lambda event: event.kind == "output")
    with jobs.events(foreman, f"/jobs/{job}/events") as events:
        found = events.until(lambda event: event.kind == "output")
        assert found[-1].data["offset"] == 0
        simulator.open("tokens")
        found += events.rest()
    assert without_loading(found) == DONE and jobs.text_of(found) == all_of(foreman, job)


@pytest.mark.parametrize("by", ["header", "query"])
def test_a_reader_that_comes_back_misses_nothing_and_gets_nothing_twice(foreman, simulator, by):
    simulator.hold("tokens")
    job = jobs.submit(foreman, tokens=60)
    found = []
    for count in (5, 10, 15):
        last = found[-1].id if found else None
        header, query = (last, "") if by == "header" else (None, f"?last_event_id={last}" if last else "")
        with jobs.events(foreman, f"/jobs/{job}/events{query}", header) as events:
            simulator.let("tokens", count)
            found += [event for event in events.until(lambda event: event.kind == "output") if event.id]
    with jobs.events(foreman, f"/jobs/{job}/events", found[-1].id) as events:
        simulator.open("tokens")
        found += events.rest()
    assert without_loading(found) == DONE
    assert jobs.text_of(found) == all_of(foreman, job)


def test_a_job_that_is_over_is_told_and_then_nothing(foreman):
    job = jobs.submit(foreman)
    jobs.finish(foreman, job)
    with jobs.events(foreman, f"/jobs/{job}/events") as events:
        found = events.rest()
    assert without_loading(found) == DONE
    answer = foreman.call("GET", f"/jobs/{job}/events", [("Last-Event-ID", found[-1].id)])
    assert answer.status == 204 and not answer.body


def test_the_text_of_a_cancelled_job_is_there(foreman, simulator):
    simulator.hold("tokens")
    job = jobs.submit(foreman, tokens=50)
    simulator.let("tokens", 20)
    with jobs.events(foreman, f"/jobs/{job}/events") as events:
        found = events.until(lambda event: event.kind == "output")
        assert foreman.call("POST", f"/jobs/{job}/cancel").status == 200
        found += events.rest()
    assert jobs.states_of(found)[-1] == "cancelled"
    simulator.open("tokens")


def test_another_attempt_begins_its_text_anew(foreman, simulator):
    simulator.fault("cut", after_chunks=5, times=1)
    job = jobs.submit(foreman, tokens=30, max_attempts=2)
    with jobs.events(foreman, f"/jobs/{job}/events") as events:
        found = events.rest()
    last = [event for event in found if event.kind == "output"][-1].data["run"]
    assert jobs.text_of([event for event in found if event.kind != "output" or event.data["run"] == last]) == all_of(foreman, job)
    assert jobs.states_of(found).count("queued") == 2


def test_a_slow_reader_catches_up(foreman, simulator):
    simulator.hold("tokens")
    job = jobs.submit(foreman, tokens=80_000)
    target = f"/jobs/{job}/events"
    with jobs.events(foreman, target, receive_buffer=4096) as slow, jobs.events(foreman, target) as quick:
        simulator.let("tokens", 79_000)
        quick.until(lambda event: event.kind == "output" and event.data["offset"] > 400_000)
        found = slow.until(lambda event: event.kind == "output" and event.data["offset"] > 400_000)
        simulator.open("tokens")
        found += slow.rest()
    assert without_loading(found) == DONE
    assert jobs.text_of(found) == all_of(foreman, job)


def test_all_jobs_from_now_on(foreman, simulator):
    before = jobs.submit(foreman)
    jobs.finish(foreman, before)
    with jobs.events(foreman, "/events") as events:
        simulator.hold("tokens")
        job = jobs.submit(foreman, tokens=50)
        simulator.let("tokens", 10)
        found = events.until(lambda event: event.kind == "progress")
        simulator.open("tokens")
        found += events.until(lambda event: event.kind == "state" and event.data["state"] == "done")
    assert {event.data["job_id"] for event in found} == {job}
    assert without_loading(found) == DONE
    assert not any(event.kind == "output" for event in found)


def test_all_jobs_go_on_after_an_event(foreman):
    with jobs.events(foreman, "/events") as events:
        first = jobs.submit(foreman)
        found = events.until(lambda event: event.kind == "state")
    jobs.finish(foreman, first)
    second = jobs.submit(foreman)
    jobs.finish(foreman, second)
    with jobs.events(foreman, "/events", found[-1].id) as events:
        found += events.until(lambda event: event.data == event.data | {"job_id": second, "state": "done"})
    for job in (first, second):
        assert without_loading(event for event in found if event.data["job_id"] == job) == DONE


def test_ids_that_are_none(shared):
    _, foreman = shared
    job = jobs.submit(foreman)
    for target in (f"/jobs/{job}/events", "/events"):
        answer = foreman.call("GET", target, [("Last-Event-ID", "x")])
        assert answer.status == 400 and answer.json()["field"] == "last_event_id"


def test_streams_end_when_foreman_stops(foreman):
    job = jobs.submit(foreman, run_at="2999-01-01T00:00:00Z")
    with jobs.events(foreman, f"/jobs/{job}/events") as one, jobs.events(foreman, "/events") as every:
        one.until(lambda event: event.kind == "state")
        assert foreman.stop(within=10) == 0
        assert one.rest() == [] and every.rest() == []


def test_a_reader_that_leaves_is_noticed(foreman):
    job = jobs.submit(foreman, run_at="2999-01-01T00:00:00Z")
    with jobs.events(foreman, f"/jobs/{job}/events"), jobs.events(foreman, "/events"):
        wait.until(lambda: foreman.status()["counters"]["connections"] == 3, what="both readers")
    foreman.wait_quiet()
