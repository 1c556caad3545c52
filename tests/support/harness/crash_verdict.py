# SPDX-License-Identifier: MIT
"""What is to be true after any number of crashes."""
import contextlib
import dataclasses
import sqlite3
import time

from . import jobs, wait
from .crash_rig import MODEL
from .simulator import Simulator

WEBHOOKS_WITHIN = 30  # seconds, all of them
# What differs between two answers to the same request.
VOLATILE = {
    "created_at", "total_duration", "load_duration", "prompt_eval_duration", "eval_duration", "id", "created",
}


@dataclasses.dataclass
class Verdict:
    """Sentences; empty lists are what one hopes for."""

    lost: list = dataclasses.field(default_factory=list)
    doubled: list = dataclasses.field(default_factory=list)
    wrong: list = dataclasses.field(default_factory=list)

    def problems(self):
        return [f"lost: {text}" for text in self.lost] + [f"doubled: {text}" for text in self.doubled] + \
            [f"wrong: {text}" for text in self.wrong]


def essence(answer):
    """An answer without what is different each time."""
    if isinstance(answer, dict):
        return {name: essence(value) for name, value in answer.items() if name not in VOLATILE}
    return [essence(value) for value in answer] if isinstance(answer, list) else answer


class Judge:
    """Looks at a rig that has settled."""

    def __init__(self, rig):
        self.rig, self.verdict = rig, Verdict()
        self.accepted = list(rig.ledger.accepted.values())

    def judge(self):
        ledger = self.rig.ledger
        self.verdict.lost += [f"{job_id} was not there when it was asked for" for job_id in ledger.lost]
        self.verdict.doubled += [f"{key} is {one} and {other}" for key, one, other in ledger.doubled]
        self.verdict.wrong += ledger.refused
        there = {job["job_id"]: job for job in jobs.every_job(self.rig.foreman)}
        with self.fresh_ollama() as ollama:
            for job in self.accepted:
                self.judge_job(job, there.get(job.job_id), ollama)
        self.judge_strangers(there)
        self.webhooks_until = time.monotonic() + WEBHOOKS_WITHIN
        for job in self.accepted:
            if job.told and (job.fleeting or job.job_id in there):
                self.judge_webhooks(job, there.get(job.job_id))
        self.rig.foreman.stop()
        self.judge_file()
        return self.verdict

    @contextlib.contextmanager
    def fresh_ollama(self):
        """One that says the same, at once."""
        simulator = Simulator(self.rig.folder / "reference", models=[MODEL | {"tokens_per_second": 0}])
        try:
            yield simulator.ready()
        finally:
            simulator.kill()

    def judge_job(self, job, found, ollama):
        if not found:
            if not job.fleeting:
                self.verdict.lost.append(f"{job.job_id} of {job.key} is gone")
            return
        state = found["state"]
        if state == "cancelled" and job.cancel:
            return
        if job.cancel == "cancelled" or state != "done":
            self.verdict.wrong.append(f"{job.key} is {state} ({found['error_code']}: {found['error']}), cancel: {job.cancel!r}")
            return
        names = [artifact["name"] for artifact in found["artifacts"]]
        if names != ["completion"]:
            self.verdict.doubled.append(f"{job.key} has {names}")
        self.judge_answer(job, ollama)

    def judge_answer(self, job, ollama):
        answer = self.rig.foreman.call("GET", f"/jobs/{job.job_id}/artifacts/completion")
        if answer.status == 404 and job.fleeting:
            return
        expected = ollama.call("POST", job.endpoint, body=job.request | {"stream": False})
        if answer.status != 200 or essence(answer.json()) != essence(expected.json()):
            self.verdict.wrong.append(f"{job.key}: {answer.status} {answer.body!r} instead of {expected.body!r}")

    def judge_strangers(self, there):
        """Jobs that nobody was told of: of a lost answer the repetition tells."""
        known = {job.job_id for job in self.accepted}
        self.verdict.doubled += [f"nobody knows {job_id}" for job_id in there if job_id not in known]

    def judge_webhooks(self, job, found):
        """A chain from its submission to its one end, in order."""
        receiver = self.rig.receiver
        try:
            wait.until(
                lambda: (receiver.states(job.job_id) or [""])[-1] in jobs.TERMINAL,
                within=self.webhooks_until - time.monotonic(),
            )
        except wait.Timeout:
            self.verdict.lost.append(f"nobody was told of the end of {job.key}: {receiver.states(job.job_id)}")
            return
        events = receiver.events(job.job_id)
        befores = [event["previous_state"] for event in events]
        states = [event["state"] for event in events]
        if befores != ["", *states[:-1]]:
            self.verdict.wrong.append(f"{job.key} was told of out of order: {list(zip(befores, states))}")
        if sum(state in jobs.TERMINAL for state in states) != 1:
            self.verdict.doubled.append(f"{job.key} ended more than once: {states}")
        if found and found["state"] != states[-1]:
            self.verdict.wrong.append(f"{job.key} is {found['state']} and was told of as {states[-1]}")

    def judge_file(self):
        path = self.rig.folder / "foreman" / "state" / "foreman.db"
        with contextlib.closing(sqlite3.connect(path)) as database:
            found = [row[0] for row in database.execute("PRAGMA integrity_check")]
        if found != ["ok"]:
            self.verdict.wrong.append(f"the database is corrupt: {found[:3]}")
