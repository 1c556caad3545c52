# SPDX-License-Identifier: MIT
"""Durable submissions a second, beside a raw SQLite loop, beanstalkd and redis.

All of them have what they acknowledged on the disk. The raw loop inserts the rows that foreman does,
with its schema, a transaction each: the limit of who does not gather commits.
"""
import contextlib
import json
import shutil
import subprocess
import time

import peers
from framework import Target, run_rounds
from harness import jobs
from harness.foreman import Foreman
from harness.simulator import Simulator

CONNECTIONS = (1, 16, 64)
MODEL = {"name": "bench:latest", "size": 1 << 30, "load_seconds": 0}
BODY = jobs.request("Tell me about the sea. " * 12, model=MODEL["name"])


def rate(connections):
    return f"{connections} at once: jobs/s"


class Measurement:
    """What is asked of each peer in each round; every round begins with an empty one."""

    def __init__(self, folder, simulator, quick):
        self.folder, self.simulator = folder, simulator
        self.seconds, self.bulk = (0.5, 2000) if quick else (3, 50_000)

    def __call__(self, peer, number):
        folder = self.folder / f"{peer}-{number}"
        try:
            return getattr(self, peer.replace(" ", "_"))(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def foreman(self, folder):
        with self.foreman_in(folder) as process:
            jobs.pause(process)
            figures = self.connections(process, json.dumps(BODY).encode(), target="/jobs")
            began = time.monotonic()
            assert len(jobs.submit_many(process, [BODY] * self.bulk)) == self.bulk
            return figures | {"in bulk: jobs/s": self.bulk / (time.monotonic() - began)}

    def raw_SQLite(self, folder):
        """The same figure for every column: it is alone, and nobody waits for it."""
        with self.foreman_in(folder) as process:
            jobs.pause(process)
            job_id = jobs.submit_body(process, BODY)
            process.stop()
        database = folder / "state" / "foreman.db"
        command = [peers.program("bench-sqlite"), str(database), job_id, str(self.seconds)]
        counts = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        speed = counts["jobs"] / counts["seconds"]
        return {rate(connections): speed for connections in CONNECTIONS} | {"in bulk: jobs/s": speed}

    def beanstalkd(self, folder):
        return self.log_of(peers.Beanstalkd(folder))

    def redis(self, folder):
        return self.log_of(peers.Redis(folder))

    def log_of(self, process):
        try:
            request, answer = process.put(json.dumps(BODY).encode())
            return self.connections(process.ready(), request, line=answer)
        finally:
            process.kill()

    @contextlib.contextmanager
    def foreman_in(self, folder):
        process = Foreman(folder, self.simulator.url, build="release", environment={"G_DEBUG": None})
        try:
            yield process.ready()
        finally:
            process.kill()

    def connections(self, process, request, target="/", **options):
        figures = {}
        for connections in CONNECTIONS:
            counts = peers.load(
                process.port, target, body=request, folder=self.folder, connections=connections,
                seconds=self.seconds, **options,
            )
            figures |= {
                rate(connections): counts["answers"] / counts["seconds"],
                f"{connections} at once: p99, µs": counts["whole_us"]["p99"],
            }
        return figures


def run(folder, quick, note):
    simulator = Simulator(folder / "simulator", models=[MODEL])
    names = ["foreman", "raw SQLite", "beanstalkd", "redis"]
    try:
        measure = Measurement(folder, simulator.ready(), quick)
        samples = run_rounds(names, measure, 1 if quick else 5, note)
    finally:
        simulator.kill()

    def target(metric, peer, limit):
        return Target(f"{metric}, × {peer}", samples.ratio(metric, "foreman", peer), ">=", limit)

    return samples, [
        target(rate(64), "raw SQLite", 2),
        target(rate(64), "beanstalkd", 1),
        target(rate(1), "raw SQLite", 0.5),
        target("in bulk: jobs/s", "raw SQLite", 5),
    ], []
