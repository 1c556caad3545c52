# SPDX-License-Identifier: MIT
"""Whatever is done in whatever order, foreman agrees with a simple model of the job states.

The sequences are random, and the same for a seed. After each step everything is given time to
settle; then every job's state, failures and crashes are compared.
"""
import datetime
import random
import time

import pytest

from harness import jobs, wait
from harness.clock import Clock
from harness.foreman import Foreman
from harness.reference_model import BAD, FLAKY, GOOD, MODELS, RUNNING, Job, ReferenceModel
from harness.simulator import MODELS as SIMULATED

STEPS = 60
HOUR = 3600
HALF = 0.5  # due times stand between the hours that clocks are moved by
UNTIL_SETTLED = 30


class Walk:
    """One random sequence, told to foreman and to the model."""

    def __init__(self, started, simulator, seed):
        self.random = random.Random(seed)
        self.started, self.simulator = started, simulator
        self.clock = Clock(started.folder)
        self.model = ReferenceModel()
        self.keys, self.done, self.steps = {}, [], 0
        self.begin = time.time()
        self.simulator.fault("status", model=BAD, times=0, status=400, message="that is not possible")
        self.simulator.fault("status", model=FLAKY, times=0, status=503)
        self.start()

    def start(self):
        self.foreman = self.started.add(Foreman(
            self.started.folder / "foreman", self.simulator.url, build="plain", environment=self.clock.environment,
            poll_interval="200ms", job_ttl="0", model_wait="0", min_free="0",
        )).ready(polled=not self.model.away)

    def go(self):
        verbs = [
            self.submit, self.submit, self.submit, self.repeat, self.cancel, self.retry, self.purge, self.pause,
            self.resume, self.crash, self.hold, self.open, self.leave_or_return, self.remove_or_add, self.step_clock,
            self.nap,
        ]
        for _ in range(STEPS):
            verb = self.random.choice(verbs)
            self.done.append(verb.__name__)
            verb()
            self.compare()

    def some_job(self):
        return self.random.choice(sorted(self.model.jobs)) if self.model.jobs else None

    # Steps.

    def submit(self):
        key = f"key-{len(self.keys)}"
        model = self.random.choice((GOOD, GOOD, GOOD, FLAKY, BAD))
        job = Job(model, max_attempts=self.random.choice((1, 2)))
        members = {
            "max_attempts": job.max_attempts, "group": key, "if_missing": "wait", "idempotency_key": key,
            "priority": self.random.randint(-5, 5),
        }
        if self.random.random() < 0.3 and self.model.jobs:
            members["after"] = self.random.sample(sorted(self.model.jobs), min(2, len(self.model.jobs)))
            job.after = tuple(members["after"])
        kind = self.random.random()
        if kind < 0.15:
            job.elapsed_due = self.model.elapsed + self.random.randint(0, 5) + HALF
            members["delay"] = f"{job.elapsed_due - self.model.elapsed}h"
        elif kind < 0.3:
            job.wall_due = self.model.wall + self.random.randint(0, 5) + HALF
            due = datetime.datetime.fromtimestamp(self.begin + job.wall_due * HOUR, datetime.timezone.utc)
            members["run_at"] = due.strftime("%Y-%m-%dT%H:%M:%SZ")
        body = jobs.request(key, model=model, **members)
        job_id = jobs.submit_body(self.foreman, body)
        self.keys[key] = job_id, body
        self.model.submit(job_id, job)

    def repeat(self):
        """The same submission again is the same job."""
        known = [key for key, (job_id, _) in self.keys.items() if job_id in self.model.jobs]
        if known:
            job_id, body = self.keys[self.random.choice(known)]
            assert jobs.submit_body(self.foreman, body) == job_id

    def act(self, verb, may, do):
        job_id = self.some_job()
        if job_id:
            status = verb(job_id)
            assert (status < 300) == may(job_id) and (status < 300 or status == 409), f"{status}: {self.model.jobs[job_id]}"
            if status < 300:
                do(job_id)

    def cancel(self):
        self.act(lambda job_id: jobs.act(self.foreman, job_id, "cancel"), self.model.may_cancel, self.model.cancel)

    def retry(self):
        self.act(lambda job_id: jobs.act(self.foreman, job_id, "retry"), self.model.may_retry, self.model.retry)

    def purge(self):
        def ask(job_id):
            return self.foreman.call("DELETE", f"/jobs/{job_id}?purge=true").status

        self.act(ask, self.model.may_purge, self.model.purge)

    def pause(self):
        now = self.random.random() < 0.5
        jobs.pause(self.foreman, now=now)
        self.model.paused = True
        if now:
            self.model.preempt()

    def resume(self):
        jobs.resume(self.foreman)
        self.model.paused = False

    def crash(self):
        self.foreman.kill()
        self.model.crash()
        self.start()

    def hold(self):
        """From now on what begins does not end."""
        self.simulator.hold("prefill")
        self.model.held = True

    def open(self):
        self.simulator.open("prefill")
        self.model.held = False

    def leave_or_return(self):
        """Ollama goes, or comes back; it does not go while it works: what breaks then is another matter."""
        if self.model.away:
            self.simulator.clear_faults(self.fault)
            self.model.away = False
        elif not self.model.is_busy():
            self.fault = self.simulator.fault("refuse")
            self.model.away = True
            wait.until(lambda: self.foreman.health()["degraded"], what="it is seen to be away")

    def remove_or_add(self):
        name = self.random.choice(MODELS)
        if self.model.is_busy() or self.model.away:
            return
        if name in self.model.installed:
            self.simulator.remove_model(name)
            self.model.installed.remove(name)
        else:
            self.simulator.add_model(name)
            self.model.installed.add(name)
        wait.until(lambda: self.shown() == self.model.installed, what="the inventory has seen it")

    def shown(self):
        return {model["name"] for model in self.foreman.get("/api/tags")["models"]}

    def step_clock(self):
        hours = self.random.choice((-3, -1, 1, 3))
        self.clock.step(hours * HOUR)
        self.model.wall += hours
        self.steps += 1
        wait.until(lambda: self.foreman.stderr().count("the clock was set") == self.steps, what="it has seen the step")

    def nap(self):
        hours = self.random.choice((1, 2, 4))
        self.clock.nap(hours * HOUR)
        self.model.wall += hours
        self.model.elapsed += hours

    # Looking.

    def seen(self):
        found = {}
        for job in jobs.every_job(self.foreman):
            state = "running" if job["state"] in RUNNING else job["state"]
            found[job["job_id"]] = state, job["attempt"], job["crashes"]
        return found

    def agrees(self):
        seen = self.seen()
        running = [job_id for job_id, (state, _, _) in seen.items() if state == "running"]
        if len(running) == 1 and running[0] in self.model.may_run():
            self.model.adopt(running[0])
        return seen == self.model.expected()

    def compare(self):
        self.model.settle()
        try:
            wait.until(self.agrees, within=UNTIL_SETTLED, every=0.02)
        except wait.Timeout:
            seen, expected = self.seen(), self.model.expected()
            different = {
                job_id: (seen.get(job_id), expected.get(job_id))
                for job_id in seen | expected if seen.get(job_id) != expected.get(job_id)
            }
            raise AssertionError(f"after {self.done}: seen and expected: {different}") from None


@pytest.mark.parametrize("seed", range(6))
def test_it_agrees_with_the_model(started, start_simulator, seed):
    simulator = start_simulator(models=[SIMULATED[0] | {"name": name, "weights": name} for name in MODELS])
    Walk(started, simulator, seed).go()
