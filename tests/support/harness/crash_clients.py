# SPDX-License-Identifier: MIT
"""Clients that submit, repeat themselves when an answer was lost, cancel, and ask after their jobs."""
import dataclasses
import json
import random
import threading
import time

from . import jobs, wire

PATIENCE = 60  # seconds of trying again
LOST_ANSWER = (OSError, wire.Truncated, IndexError, ValueError)
AGAIN = object()
ENDPOINTS = ("/api/chat", "/api/generate", "/v1/chat/completions")
GROUP = "crash"
BULK = 5


@dataclasses.dataclass
class Accepted:
    """A job that somebody was told to have."""

    job_id: str
    key: str
    request: dict  # what the endpoint is asked, without extension fields
    endpoint: str
    told: bool  # whether a webhook is to hear of it
    fleeting: bool  # whether it goes away soon after its end
    cancel: str = ""  # asked: nobody knows; cancelled: it was said so


class Ledger:
    """What the clients were told, and what should not have been said."""

    def __init__(self):
        self.lock = threading.Lock()
        self.accepted = {}  # key → Accepted
        self.doubled, self.lost, self.refused = [], set(), []

    def accept(self, job):
        with self.lock:
            before = self.accepted.setdefault(job.key, job)
            if before.job_id != job.job_id:
                self.doubled.append((job.key, before.job_id, job.job_id))

    def note_lost(self, job_id):
        with self.lock:
            self.lost.add(job_id)

    def note_refusal(self, text):
        with self.lock:
            self.refused.append(text)


class Client(threading.Thread):
    """One of many; `rig` says where foreman is at the moment, and when it is over."""

    def __init__(self, rig, number):
        super().__init__(daemon=True)
        self.rig, self.number, self.count = rig, number, 0
        self.random = random.Random(f"{rig.seed}-{number}")

    def run(self):
        while not self.rig.stopping.is_set():
            accepted = self.submit_bulk() if self.random.random() < 0.1 else self.submit_one()
            for job in accepted:
                if self.random.random() < 0.15:
                    self.cancel(job)
            for job in accepted:
                self.follow(job)

    # What is asked.

    def new_request(self, key):
        """A request that no other is like, its endpoint, and its extension fields."""
        endpoint = self.random.choice(ENDPOINTS)
        tokens = self.random.randint(4, 24)
        if endpoint == "/api/generate":
            request = {"model": self.rig.model, "prompt": key, "options": {"num_predict": tokens, "seed": 1}}
        else:
            request = jobs.request(key, tokens, self.rig.model)
        if endpoint.startswith("/v1"):
            request = {"model": request["model"], "messages": request["messages"], "max_tokens": tokens, "seed": 1}
        extension = {"endpoint": endpoint, "group": GROUP}
        if self.random.random() < 0.3:
            extension["state_webhook_url"] = self.rig.receiver.url
        if self.random.random() < 0.1:
            extension["ttl"] = "100ms"
        return request, extension

    def new_key(self):
        self.count += 1
        return f"client-{self.number}-{self.count}"

    def submit_one(self):
        key = self.new_key()
        request, extension = self.new_request(key)

        def ask(connection):
            connection.request("POST", "/jobs", body=request | extension | {"idempotency_key": key})
            answer = connection.answer()
            if answer.status in (200, 202):
                return [self.accepted(answer.json()["job_id"], key, request, extension)]
            return self.refused(answer, "POST /jobs")

        return self.insist(ask)

    def submit_bulk(self):
        key = self.new_key()
        requests = [self.new_request(f"{key}#{line}") for line in range(1, BULK + 1)]
        body = b"".join(json.dumps(request | extension).encode() + b"\n" for request, extension in requests)
        headers = [("Content-Type", "application/x-ndjson"), ("Idempotency-Key", key)]

        def ask(connection):
            connection.request("POST", "/jobs", headers, body)
            answer = connection.answer()
            if answer.status != 200:
                return self.refused(answer, "POST /jobs in bulk")
            lines = answer.lines()
            if any(line.get("code") == "store_unavailable" for line in lines):
                return AGAIN
            return [
                self.accepted(line["job_id"], f"{key}#{number}", *requests[number - 1])
                for number, line in enumerate(lines, 1)
            ]

        return self.insist(ask)

    def cancel(self, job):
        job.cancel = "asked"

        def ask(connection):
            connection.request("POST", f"/jobs/{job.job_id}/cancel")
            status = connection.answer().status
            if status < 300:
                job.cancel = "cancelled"
            return True

        try:
            with self.rig.connect() as connection:
                ask(connection)
        except LOST_ANSWER:
            pass  # and nobody will know

    def follow(self, job):
        """Until it has ended: the clients are in step with what Ollama can do."""
        def ask(connection):
            connection.request("GET", f"/jobs/{job.job_id}?wait=10s")
            answer = connection.answer()
            if answer.status == 404:
                if not job.fleeting:
                    self.rig.ledger.note_lost(job.job_id)
                return True
            if answer.status != 200:
                return AGAIN
            return True if answer.json()["state"] in jobs.TERMINAL else AGAIN

        self.insist(ask)

    # How.

    def accepted(self, job_id, key, request, extension):
        job = Accepted(
            job_id, key, request, extension["endpoint"], "state_webhook_url" in extension, "ttl" in extension
        )
        self.rig.ledger.accept(job)
        return job

    def refused(self, answer, what):
        if answer.status != 503:
            self.rig.ledger.note_refusal(f"{what}: {answer.status} {answer.body!r}")
            return []
        return AGAIN

    def insist(self, ask):
        """Asks on new connections until an answer comes; that of a killed foreman never does."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                with self.rig.connect() as connection:
                    found = ask(connection)
                if found is not AGAIN:
                    return found
            except LOST_ANSWER:
                pass
            self.rig.breath.wait(0.01)
        self.rig.ledger.note_refusal(f"client {self.number} got no answer for {PATIENCE} s")
        return []
