# SPDX-License-Identifier: MIT
"""Ten thousand clients that wait at the gate: memory, hang-ups, /status meanwhile."""
import contextlib
import time

import peers
from framework import Target, run_rounds
from harness import wait, wire
from harness.foreman import Foreman
from harness.simulator import Simulator

MODEL = {"name": "busy:latest", "size": 1 << 30, "load_seconds": 0, "prefill_tokens_per_second": 0}
BODY = {"model": "busy:latest", "messages": [{"role": "user", "content": "Are you there?"}], "stream": True}


class Round:
    """A fresh foreman, asked idle, then with everybody waiting, until all have left."""

    def __init__(self, folder, simulator, clients, probes):
        self.folder, self.simulator, self.clients, self.probes = folder, simulator, clients, probes

    def __call__(self, _peer, number):
        room = self.clients + 100
        foreman = Foreman(
            self.folder / f"foreman-{number}", self.simulator.url, build="release", max_connections=room,
            max_queue=room, max_queue_per_client=room, environment={"G_DEBUG": None},
        )
        with contextlib.ExitStack() as stack:
            stack.callback(foreman.kill)
            foreman.ready()
            idle = self.status_p99(foreman)
            rss = foreman.rss()
            crowd = peers.Holder(foreman.port, "/api/chat", BODY, self.folder, self.clients)
            stack.callback(crowd.end)
            wait.until(lambda: foreman.gate()["waiting"] == self.clients - 1, within=60, what="all wait")
            each = (foreman.rss() - rss) / self.clients
            crowded = self.status_p99(foreman)
            return {
                "/status p99 idle, µs": idle,
                "/status p99 with all waiting, µs": crowded,
                "/status p99, × idle": crowded / idle,
                "RSS a waiting client, KiB": each / 1024,
                "until all hang-ups were noticed, s": self.hang_up(foreman, crowd),
            }

    def status_p99(self, foreman):
        return peers.load(foreman.port, "/status", requests=self.probes)["first_byte_us"]["p99"]

    def hang_up(self, foreman, crowd):
        """Seconds from the first hang-up until the gate is empty; asked on a connection that is there already."""
        with wire.Connection(foreman.port) as probe:
            def empty():
                probe.request("GET", "/status")
                gate = probe.answer().json()["gate"]
                return gate["waiting_count"] == 0 and not gate["running"]

            assert not empty()
            began = crowd.hang_up()
            wait.until(empty, within=60, what="the gate is empty")
            return time.monotonic() - began


def run(folder, quick, note):
    clients = 1000 if quick else 10000
    simulator = Simulator(folder / "simulator", models=[MODEL])
    try:
        simulator.ready()
        simulator.hold("prefill")  # whoever is in front stays there
        measure = Round(folder, simulator, clients, 200 if quick else 2000)
        samples = run_rounds(["foreman"], measure, 1 if quick else 3, note)
    finally:
        simulator.kill()
    targets = [
        Target("RSS a waiting client", samples.median("foreman", "RSS a waiting client, KiB"), "<=", 40, "KiB"),
        Target("hang-ups noticed", samples.median("foreman", "until all hang-ups were noticed, s"), "<=", 1, "s"),
        Target("/status p99 while all wait", samples.median("foreman", "/status p99, × idle"), "<=", 3, "× idle"),
    ]
    return samples, targets, []
