# SPDX-License-Identifier: MIT
"""Naps of the machine, steps of its clock, and hours without Ollama: simulated, the first two by preloaded clocks."""
import datetime
import time

import pytest

from harness import jobs, wait
from harness.clock import Clock
from test_target_down import BlackHole

MODEL = "llama3.2:3b"
HOUR = 3600


@pytest.fixture
def clock(started):
    return Clock(started.folder)


@pytest.fixture
def foreman(start_foreman, simulator, clock):
    return start_foreman(simulator, build="plain", environment=clock.environment, poll_interval="200ms")


def rfc3339(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def pass_polls(foreman, simulator, count=3):
    """Waits until foreman has looked at the world so often again."""
    before = simulator.metric("requests")
    simulator.wait_for("requests", ">=", before + 2 * count)


def test_a_night_with_three_naps(foreman, simulator, clock):
    """Jobs that run while the machine falls asleep are done later, and no attempt is spent."""
    simulator.hold("prefill")
    submitted = [jobs.submit(foreman, content=f"number {number}", timeout="2h") for number in range(4)]
    delayed = jobs.submit(foreman, content="later", delay="10h")
    for _ in range(3):
        simulator.wait_for("held", ">=", 1)
        clock.nap(3 * HOUR)
        pass_polls(foreman, simulator)
    assert jobs.get(foreman, delayed)["state"] == "scheduled"
    simulator.open("prefill")
    for job_id in submitted:
        found = jobs.finish(foreman, job_id)
        assert (found["state"], found["attempt"], found["crashes"]) == ("done", 0, 0)
    assert jobs.get(foreman, delayed)["state"] == "scheduled"
    clock.nap(1.5 * HOUR)
    assert jobs.finish(foreman, delayed)["attempt"] == 0


def test_a_clock_set_forth_makes_no_delay_shorter(foreman, simulator, clock):
    delayed = jobs.submit(foreman, delay="1h")
    clock.step(5 * HOUR)
    pass_polls(foreman, simulator)
    assert jobs.get(foreman, delayed)["state"] == "scheduled"
    clock.nap(1.1 * HOUR)
    assert jobs.finish(foreman, delayed)


def test_a_clock_set_back_makes_no_delay_longer(foreman, simulator, clock):
    delayed = jobs.submit(foreman, delay="1h")
    clock.step(-5 * HOUR)
    pass_polls(foreman, simulator)
    clock.nap(1.1 * HOUR)
    assert jobs.finish(foreman, delayed)


@pytest.mark.parametrize("hours", [5, -5])
def test_a_clock_set_while_foreman_is_down_changes_no_delay(start_foreman, started, simulator, clock, hours):
    """Within one boot; the delay goes on while foreman is down."""
    settings = {"build": "plain", "environment": clock.environment, "poll_interval": "200ms"}
    foreman = start_foreman(simulator, db=started.folder / "jobs.db", **settings)
    delayed = jobs.submit(foreman, delay="1h")
    assert foreman.stop() == 0
    clock.step(hours * HOUR)
    clock.nap(0.5 * HOUR)
    foreman = start_foreman(simulator, db=started.folder / "jobs.db", **settings)
    pass_polls(foreman, simulator)
    assert jobs.get(foreman, delayed)["state"] == "scheduled"
    clock.nap(0.6 * HOUR)
    assert jobs.finish(foreman, delayed)


def test_an_appointment_follows_the_wall_clock(foreman, simulator, clock):
    appointed = jobs.submit(foreman, run_at=rfc3339(time.time() + 5 * HOUR))
    clock.step(-HOUR)
    clock.nap(5 * HOUR)
    pass_polls(foreman, simulator)
    assert jobs.get(foreman, appointed)["state"] == "scheduled"
    clock.step(HOUR + 60)
    assert jobs.finish(foreman, appointed)


def test_ids_rise_though_the_clock_goes_back(foreman, clock):
    ids = []
    for hours in (0, -10, 3, -20):
        clock.step(hours * HOUR)
        ids += [jobs.submit(foreman, content=f"{hours} {number}") for number in range(3)]
    assert ids == sorted(ids)
    for job_id in ids:
        jobs.finish(foreman, job_id)


@pytest.fixture(params=["refuses", "is a black hole"])
def away(request, simulator):
    """A function after which nobody is at Ollama's port, and one that brings it back."""
    holes = []

    def leave():
        simulator.fault("refuse")
        if request.param == "is a black hole":
            holes.append(BlackHole(simulator.port))

    def come_back():
        while holes:
            holes.pop().close()
        simulator.clear_faults()

    yield leave, come_back
    come_back()


def test_hours_without_ollama_cost_no_attempt(foreman, clock, away):
    """The hours are naps: the clock says that they have passed."""
    leave, come_back = away
    leave()
    submitted = [jobs.submit(foreman, content=f"number {number}") for number in range(3)]
    wait.until(lambda: foreman.health()["degraded"], within=30, what="the box is seen to be away")
    for _ in range(3):
        clock.nap(HOUR)
        foreman.health()
    for job_id in submitted:
        found = jobs.get(foreman, job_id)
        assert (found["state"], found["attempt"]) == ("queued", 0)
    come_back()
    for job_id in submitted:
        assert jobs.finish(foreman, job_id)["attempt"] == 0
