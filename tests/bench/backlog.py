# SPDX-License-Identifier: MIT
"""A hundred thousand queued jobs: the start, the memory, and what others feel of them.

Beside it, in the same run, the same foreman with an empty queue. The simulator holds the first job
while anything else than the dispatch is measured.
"""
import contextlib
import time

import peers
from framework import Target, run_rounds
from harness import jobs
from harness.foreman import Foreman
from harness.simulator import Simulator

MODEL = {
    "name": "bench:latest", "size": 1 << 30, "load_seconds": 0, "prefill_tokens_per_second": 0,
    "tokens_per_second": 0, "answer_tokens": 4,
}
BODY = jobs.request("Tell me about the sea. " * 12, model=MODEL["name"], group="backlog")
BULK = 10_000
CONNECTIONS = 16


class Peer:
    """A foreman with so many jobs, and an Ollama of its own."""

    def __init__(self, folder, queued, stack):
        self.folder, self.stack = folder, stack
        self.simulator = Simulator(folder / "simulator", models=[MODEL])
        stack.callback(self.simulator.kill)
        self.simulator.ready()
        self.simulator.hold("prefill")
        self.start()
        for begin in range(0, queued, BULK):
            jobs.submit_many(self.foreman, [BODY] * min(BULK, queued - begin))

    def start(self):
        self.foreman = Foreman(
            self.folder / "foreman", self.simulator.url, build="release", drain_timeout="0s",
            environment={"G_DEBUG": None},
        )
        self.stack.callback(self.foreman.kill)
        return self.foreman.ready()

    def restart(self):
        """Seconds from its start until the simulator has its first job."""
        self.foreman.stop()
        self.simulator.wait_for("chat_in_flight", "==", 0)
        began = time.monotonic()
        self.start()
        self.simulator.wait_for("chat_in_flight", ">=", 1)
        return time.monotonic() - began


class Measurement:
    def __init__(self, folder, by_name, quick):
        self.folder, self.by_name = folder, by_name
        self.probes, self.jobs = (100, 200) if quick else (2000, 3000)

    def __call__(self, name, _round):
        peer = self.by_name[name]
        return {
            "GET /jobs p99, µs": self.list_p99(peer),
            "submitted/s": self.submit_rate(peer),
            "dispatched/s": self.dispatch_rate(peer),
        }

    def list_p99(self, peer):
        return peers.load(peer.foreman.port, "/jobs", requests=self.probes)["whole_us"]["p99"]

    def submit_rate(self, peer):
        counts = peers.load(
            peer.foreman.port, "/jobs", body=BODY, folder=self.folder, connections=CONNECTIONS, requests=self.jobs,
        )
        return counts["answers"] / counts["seconds"]

    def dispatch_rate(self, peer):
        """How fast the simulator gets as many jobs as were submitted just before."""
        before = peer.simulator.metric("answered")
        began = time.monotonic()
        peer.simulator.open("prefill")
        peer.simulator.wait_for("answered", ">=", before + self.jobs, within=120)
        elapsed = time.monotonic() - began
        dispatched = peer.simulator.metric("answered") - before
        peer.simulator.hold("prefill")
        return dispatched / elapsed


def run(folder, quick, note):
    queued = 2000 if quick else 100_000
    with contextlib.ExitStack() as stack:
        note(f"{queued:,} jobs are submitted")
        by_name = {"backlog": Peer(folder / "backlog", queued, stack), "empty": Peer(folder / "empty", 0, stack)}
        first_dispatch = by_name["backlog"].restart()
        samples = run_rounds(list(by_name), Measurement(folder, by_name, quick), 1 if quick else 5, note)
        memory = {name: peer.foreman.peak_rss() / 2**20 for name, peer in by_name.items()}
    targets = [
        Target("start to first dispatch", first_dispatch, "<=", 1, "s"),
        Target("RSS", memory["backlog"], "<=", 60, "MB"),
        Target("GET /jobs p99, × empty", samples.ratio("GET /jobs p99, µs", "backlog", "empty"), "<=", 1.5),
        Target("submitted/s, × empty", samples.ratio("submitted/s", "backlog", "empty"), ">=", 0.8),
        Target("dispatched/s, × empty", samples.ratio("dispatched/s", "backlog", "empty"), ">=", 0.8),
    ]
    return samples, targets, [["RSS at its peak, MB", *memory.values()]]
