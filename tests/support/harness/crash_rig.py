# SPDX-License-Identifier: MIT
"""foreman under the load of many clients, killed again and again on the same database."""
import collections
import contextlib
import random
import signal
import subprocess
import threading
import time

from . import crash_clients, jobs, wait, wire
from .foreman import Foreman
from .simulator import Simulator
from .webhook_receiver import WebhookReceiver

# Where it dies, and within how many passes; of what happens seldom the first counts.
FAILPOINTS = {
    "insert-before": 60, "insert-after": 60, "commit-before": 200, "commit-after": 200,
    "accepted-before": 60, "accepted-after": 60, "pick-after": 40, "upstream-headers": 40,
    "mid-stream": 300, "result-before": 40, "result-before-commit": 40, "webhook-before": 60,
    "webhook-after": 60, "checkpoint": 1, "purge": 2, "draining": 1,
}
FIRST = 8
LONGEST_LIFE = 3.0  # seconds
MODEL = {
    "name": "crash:latest", "size": 1 << 30, "load_seconds": 0, "prefill_tokens_per_second": 0,
    "tokens_per_second": 500, "parallel": 4,
}


class CrashRig:
    """Lives of one foreman after the other; `planted` is a bug for the rig to find."""

    def __init__(self, folder, clients=12, seed=1, planted=None):
        self.folder, self.seed, self.planted = folder, seed, planted
        self.random = random.Random(seed)
        self.model = MODEL["name"]
        self.ledger = crash_clients.Ledger()
        self.stopping, self.breath = threading.Event(), threading.Event()
        self.port, self.foreman = 0, None
        self.kills, self.ready_seconds = collections.Counter(), []
        self.stack = contextlib.ExitStack()
        self.receiver = WebhookReceiver()
        self.stack.callback(self.receiver.close)
        self.simulator = Simulator(folder / "simulator", models=[MODEL])
        self.stack.callback(self.simulator.kill)
        self.simulator.ready()
        self.clients = [crash_clients.Client(self, number) for number in range(clients)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping.set()
        if self.foreman:
            self.foreman.kill()
        self.stack.close()

    def connect(self):
        """A connection to whoever lives now."""
        return wire.Connection(self.port, timeout=30)

    # Lives.

    def begin_life(self, failpoint=None):
        """False if it died before it was ready."""
        environment = {"FOREMAN_FAILPOINT": failpoint, "FOREMAN_PLANTED": self.planted}
        began = time.monotonic()
        self.foreman = Foreman(
            self.folder / "foreman", self.simulator.url, build="plain", environment=environment,
            capacity=MODEL["parallel"], webhook_allow="127.0.0.0/8", min_free="0", drain_timeout="100ms",
        )
        try:
            self.port = self.foreman.port = self.foreman.wait_for_ports()[0]
            wait.until(self.is_ready, what="it is ready")
        except (AssertionError, OSError):
            if self.foreman.running:
                raise
            return False
        self.ready_seconds.append(time.monotonic() - began)
        return True

    def is_ready(self):
        try:
            answer = wire.call(self.port, "GET", "/readyz")
            return answer.status == 200 and answer.json().get("jobs") != "disabled"
        except (OSError, wire.Truncated):
            assert self.foreman.running, "it died"
            return False

    def live(self, name=None, passes=1, seconds=LONGEST_LIFE):
        """A life that ends at a failpoint, or after so many seconds."""
        if self.begin_life(f"{name}:{passes}" if name else None) and name == "draining":
            self.end_within(seconds / 6)
            self.foreman.signal(signal.SIGTERM)
        struck = self.end_within(seconds)
        self.foreman.kill()
        assert not self.foreman.complaints(), self.foreman.complaints()
        self.kills[name if struck and self.foreman.code == -signal.SIGKILL else "at random"] += 1

    def end_within(self, seconds):
        """Whether it died by itself."""
        try:
            self.foreman.child.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def run(self, kills, names=tuple(FAILPOINTS)):
        """So many deaths, then a life in peace to the end of all jobs.

        Each other one comes at a random time, and not at once: a job that was there at three deaths
        is a poison, and it would be none of the rig's intention.
        """
        for client in self.clients:
            client.start()
        for number in range(kills):
            if number % 2:
                self.live(seconds=self.random.uniform(0.3, 1))
            else:
                name = names[number // 2 % len(names)]
                most = FAILPOINTS[name]
                self.live(name, self.random.randint(min(FIRST, most), most))
        self.settle()

    def settle(self):
        assert self.begin_life(), self.foreman.stderr()[-2000:]
        self.stopping.set()
        for client in self.clients:
            client.join(120)
        wait.until(self.all_ended, within=120, every=0.05, what="all jobs have ended")

    def all_ended(self):
        counted = jobs.counts(self.foreman, crash_clients.GROUP)
        return not any(count for state, count in counted.items() if state not in jobs.TERMINAL)
