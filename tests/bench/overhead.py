# SPDX-License-Identifier: MIT
"""What foreman costs a request and a chunk, beside nginx and the bare simulator.

CPU is that of the proxy's process alone (for the row of the bare simulator: the simulator's own).
"""
import contextlib

import peers
from framework import Target, run_rounds
from harness.foreman import Foreman
from harness.simulator import Simulator

QUICK_MODEL, PACED_MODEL = "burst:latest", "paced:latest"
ENDLESS = {"answer_tokens": 100_000_000, "context_length": 100_000_000}
MODELS = [
    # Everything at once: what is measured is the way there and back.
    {"name": QUICK_MODEL, "size": 1 << 30, "load_seconds": 0, "prefill_tokens_per_second": 0, "tokens_per_second": 0, "parallel": 1024, **ENDLESS},
    # 50 tokens a second to each client, as many clients as there are.
    {"name": PACED_MODEL, "size": 1 << 30, "load_seconds": 0, "prefill_tokens_per_second": 0, "tokens_per_second": 50, "parallel": 1024, **ENDLESS},
]
IDLE_RSS_LIMIT = 15


def chat(model, tokens, stream):
    return {
        "model": model, "stream": stream, "messages": [{"role": "user", "content": "Count."}],
        "options": {"num_predict": tokens, "seed": 1},
    }


class Measurement:
    """What is asked of each peer in each round."""

    def __init__(self, folder, processes, quick):
        self.folder, self.processes = folder, processes
        self.seconds = 0.5 if quick else 2
        self.bursts = 5 if quick else 20

    def __call__(self, peer, _round):
        process = self.processes[peer]
        figures = self.small(process) | self.first_token(process) | self.burst(process)
        for clients in (50, 200):
            figures |= self.paced(process, clients)
        return figures

    def load(self, process, target, **options):
        """The load generator's counts, with the CPU seconds that the peer spent meanwhile."""
        before = process.cpu()
        try:
            counts = peers.load(process.port, target, folder=self.folder, **options)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{process.folder.name}: {process.stderr()[-2000:]}") from None
        return counts | {"peer_cpu": process.cpu() - before}

    def small(self, process):
        """A tiny forwarded request, one after the other and sixteen at once."""
        alone = self.load(process, "/api/version", seconds=self.seconds)
        many = self.load(process, "/api/version", seconds=self.seconds, connections=16)
        return {
            "small request: first byte p50, µs": alone["first_byte_us"]["p50"],
            "small request: first byte p99, µs": alone["first_byte_us"]["p99"],
            "small request, 16 at once: requests/s": many["answers"] / many["seconds"],
            "small request, 16 at once: CPU, µs": many["peer_cpu"] / many["answers"] * 1e6,
        }

    def first_token(self, process):
        """A streamed chat through the gate, one after the other."""
        counts = self.load(process, "/api/chat", seconds=self.seconds, body=chat(QUICK_MODEL, 8, True))
        return {
            "chat: first byte p50, µs": counts["first_byte_us"]["p50"],
            "chat: first byte p99, µs": counts["first_byte_us"]["p99"],
            "chat: CPU a request, µs": counts["peer_cpu"] / counts["answers"] * 1e6,
        }

    def burst(self, process):
        """2,000 chunks as fast as they come."""
        counts = self.load(process, "/api/chat", requests=self.bursts, body=chat(QUICK_MODEL, 2000, True))
        return {
            "burst of 2,000 chunks: whole p50, µs": counts["whole_us"]["p50"],
            "burst of 2,000 chunks: CPU, µs": counts["peer_cpu"] / counts["answers"] * 1e6,
        }

    def paced(self, process, clients):
        """50 tokens a second to many clients; the time ends it, as a hang-up of all."""
        counts = self.load(
            process, "/api/chat", seconds=self.seconds * 2, connections=clients, body=chat(PACED_MODEL, 100000, True)
        )
        return {
            f"{clients} clients, 50 tokens/s: CPU a chunk, µs": counts["peer_cpu"] / counts["lines"] * 1e6,
            f"{clients} clients, 50 tokens/s: chunks/s each": counts["lines"] / counts["seconds"] / clients,
        }


def start_all(folder, stack):
    """The simulator and the two that stand in front of it; each idle peer's memory."""
    def keep(process):
        stack.callback(process.kill)
        return process.ready()

    simulator = keep(Simulator(folder / "simulator", models=MODELS, memory="1024G"))
    nginx = keep(peers.Nginx(folder / "nginx", simulator.port))
    foreman = keep(Foreman(
        folder / "foreman", simulator.url, build="release", capacity=1000, max_queue=2000, max_queue_per_client=2000,
        environment={"G_DEBUG": None},
    ))
    return {"foreman": foreman, "nginx": nginx, "simulator": simulator}


def run(folder, quick, note):
    with contextlib.ExitStack() as stack:
        processes = start_all(folder, stack)
        for process in processes.values():
            peers.load(process.port, "/api/version", requests=10)
        idle = {peer: process.rss() / 2**20 for peer, process in processes.items()}
        measurement = Measurement(folder, processes, quick)
        samples = run_rounds(list(processes), measurement, 2 if quick else 5, note)
        loaded = {peer: process.peak_rss() / 2**20 for peer, process in processes.items()}
    rows = [
        ["RSS idle, MiB", *idle.values()],
        ["RSS at its peak, MiB", *loaded.values()],
    ]
    for kind in ("small request", "chat"):
        for quantile in ("p50", "p99"):
            metric = f"{kind}: first byte {quantile}, µs"
            rows.append([f"{kind}: added to first byte {quantile}, µs",
                         *(samples.added(metric, peer, "simulator") for peer in processes)])
    rows += [[f"× nginx: {metric}", samples.ratio(metric, "foreman", "nginx")] for metric in samples.metrics()]
    return samples, [Target("RSS idle", idle["foreman"], "<=", IDLE_RSS_LIMIT, "MiB")], rows
