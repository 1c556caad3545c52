# SPDX-License-Identifier: MIT
"""Thousands of short jobs on a slow disk, beside a loop that asks Ollama without foreman.

Every sync of foreman's takes 20 ms longer, by a preloaded shim: as long as a job.
"""
import contextlib
import time

import peers
from framework import Target, run_rounds
from harness import foreman as harness
from harness import jobs, wait
from harness.foreman import Foreman
from harness.simulator import Simulator

MODEL = "short:latest"
TOKENS_PER_SECOND = 50
CAPACITIES = (1, 4)
SYNC_MS = 20


class Measurement:
    """The same requests, over so many connections, in a loop and as jobs."""

    def __init__(self, folder, simulator, jobs_in_all):
        self.folder, self.simulator, self.jobs_in_all = folder, simulator, jobs_in_all

    def __call__(self, peer, number):
        measure = self.loop if peer == "loop" else self.foreman
        return {f"capacity {capacity}: jobs/s": self.jobs_in_all / measure(capacity, number) for capacity in CAPACITIES}

    def loop(self, capacity, _number):
        body = jobs.request(model=MODEL, tokens=1, stream=True)
        return peers.load(
            self.simulator.port, "/api/chat", body=body, folder=self.folder, connections=capacity,
            requests=self.jobs_in_all,
        )["seconds"]

    def foreman(self, capacity, number):
        """Seconds from the resumption until the last one is done."""
        slow = {"LD_PRELOAD": harness.shim("slow-sync"), "SHIM_SYNC_MS": SYNC_MS, "G_DEBUG": None}
        process = Foreman(
            self.folder / f"foreman-{capacity}-{number}", self.simulator.url, build="release",
            capacity=capacity, environment=slow,
        )
        with contextlib.ExitStack() as stack:
            stack.callback(process.kill)
            process.ready()
            jobs.pause(process)
            jobs.submit_many(process, [jobs.request(model=MODEL, tokens=1, group="batch")] * self.jobs_in_all)
            began = time.monotonic()
            jobs.resume(process)
            wait.until(
                lambda: jobs.counts(process, "batch")["done"] == self.jobs_in_all,
                within=600, every=0.05, what="all are done",
            )
            return time.monotonic() - began


def run(folder, quick, note):
    model = {
        "name": MODEL, "size": 1 << 30, "load_seconds": 0, "prefill_tokens_per_second": 0,
        "tokens_per_second": TOKENS_PER_SECOND, "answer_tokens": 1, "parallel": max(CAPACITIES),
    }
    simulator = Simulator(folder / "simulator", models=[model])
    try:
        measure = Measurement(folder, simulator.ready(), 250 if quick else 5000)
        samples = run_rounds(["foreman", "loop"], measure, 1 if quick else 3, note)
    finally:
        simulator.kill()
    return samples, [
        Target(f"{metric}, × loop", samples.ratio(metric, "foreman", "loop"), ">=", 0.97)
        for metric in samples.metrics()
    ], []
