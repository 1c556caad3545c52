# SPDX-License-Identifier: MIT
"""The tables of job states in a few lines of Python: what foreman has to agree with whenever it has settled."""
import dataclasses

TERMINAL = ("done", "failed", "cancelled")
RUNNING = ("loading", "working")
GOOD, FLAKY, BAD = "good:latest", "flaky:latest", "bad:latest"
MODELS = (GOOD, FLAKY, BAD)
CRASHES = 3  # that make a job a poison


@dataclasses.dataclass
class Job:
    model: str
    after: tuple = ()
    max_attempts: int = 1
    elapsed_due: float = 0  # hours of elapsed time before which it does not run
    wall_due: float = 0  # the same by the wall clock
    state: str = "queued"
    attempt: int = 0
    crashes: int = 0


class ReferenceModel:
    """Jobs by id, and the world: times are hours since the beginning."""

    def __init__(self):
        self.jobs = {}
        self.installed = set(MODELS)
        self.paused = self.held = self.away = False
        self.elapsed = self.wall = 0.0

    # What is done.

    def submit(self, job_id, job):
        self.jobs[job_id] = job
        job.state = "blocked" if job.after else self.after_blocked(job)

    def may_cancel(self, job_id):
        return self.jobs[job_id].state not in TERMINAL

    def cancel(self, job_id):
        self.jobs[job_id].state = "cancelled"

    def may_retry(self, job_id):
        return self.jobs[job_id].state in ("failed", "cancelled", "held")

    def retry(self, job_id):
        job = self.jobs[job_id]
        job.state, job.attempt = "queued", 0

    def may_purge(self, job_id):
        waited_for = any(job_id in job.after for job in self.jobs.values() if job.state not in TERMINAL)
        return self.jobs[job_id].state in TERMINAL and not waited_for

    def purge(self, job_id):
        del self.jobs[job_id]

    def preempt(self):
        """What runs goes back, and nothing is counted."""
        for job in self.jobs.values():
            if job.state == "running":
                job.state = "queued"

    def crash(self):
        for job in self.jobs.values():
            if job.state == "running":
                job.crashes += 1
                job.state = "failed" if job.crashes >= CRASHES else "queued"

    # What follows.

    def settle(self):
        """Moves on until nothing moves any more; which of several begins is left to foreman, see adopt()."""
        while any([self.step(job) for job in self.jobs.values()]):
            pass

    def step(self, job):
        """Whether it went from one state to another."""
        before = job.state
        if before in ("blocked", "scheduled"):
            job.state = self.after_blocked(job)
        elif self.is_runnable(job) and not self.is_busy():
            self.run(job)
        elif before == "running" and not self.held:
            job.state = "done"
        return job.state != before

    def after_blocked(self, job):
        states = [self.jobs[other].state if other in self.jobs else "failed" for other in job.after]
        if any(state in ("failed", "cancelled") for state in states):
            return "failed"
        if not all(state == "done" for state in states):
            return "blocked"
        is_early = job.elapsed_due > self.elapsed or job.wall_due > self.wall
        return "scheduled" if is_early else "queued"

    def is_runnable(self, job):
        return job.state == "queued" and not self.paused and not self.away and job.model in self.installed

    def is_busy(self):
        return any(job.state == "running" for job in self.jobs.values())

    def run(self, job):
        """Only the good model's answers can be held; the others fail before they begin."""
        if job.model == GOOD:
            job.state = "running"
        else:
            job.attempt = job.max_attempts if job.model == FLAKY else 1
            job.state = "failed"

    def may_run(self):
        """Those of which foreman may have begun another one than this model did."""
        return [job_id for job_id, job in self.jobs.items() if job.state == "running" or self.is_runnable(job)]

    def adopt(self, running):
        """Foreman has chosen another one, which it may."""
        for job in self.jobs.values():
            if job.state == "running":
                job.state = "queued"
        self.jobs[running].state = "running"

    def expected(self):
        """States, failures and crashes by id."""
        return {job_id: (job.state, job.attempt, job.crashes) for job_id, job in self.jobs.items()}
