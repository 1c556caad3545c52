# SPDX-License-Identifier: MIT
"""A night's run through foreman's own commands: 20,000 prompts, faults, kills, naps and a removed model."""
import collections
import concurrent.futures
import contextlib
import json
import random
import re
import time

from framework import Samples, Target
from harness import jobs, wait, wire
from harness.clock import Clock
from harness.command import Commands
from harness.crash_verdict import essence
from harness.foreman import Foreman
from harness.simulator import Simulator

GROUP = "night"
TEMPLATE = "Translate into French: {}"
MODEL = {
    "name": "night:latest", "size": 1 << 30, "load_seconds": 0, "prefill_tokens_per_second": 0,
    "tokens_per_second": 2000, "answer_tokens": [8, 40], "parallel": 4,
}
FAULTS = (
    {"kind": "status", "status": 500}, {"kind": "status", "status": 503}, {"kind": "reset"}, {"kind": "cut"},
    {"kind": "no-terminator"}, {"kind": "hang", "seconds": 1}, {"kind": "crash"},
)
IN_STREAM = ("reset", "cut", "no-terminator", "crash")
FAULTS_PER_JOB = 0.03
ATTEMPTS = 10
HOUR = 3600
WORDS = ("where", "is", "the", "station", "\"quoted\"", "{braces}", "naïve", "日本語", "🦊", "back\\slash", "a\ttab", "<b>")
BAR = re.compile(r"(\d+)% .*? ([\d,]+) of ([\d,]+)")


class Night:
    """One group of jobs from a file of prompts to a file of answers, and all that happens to it."""

    def __init__(self, folder, prompts, seed):
        self.folder, self.random = folder, random.Random(seed)
        self.prompts = [self.make_prompt(number) for number in range(prompts)]
        self.struck = collections.Counter()
        self.port, self.foreman, self.kills = 0, None, 0
        self.stack = contextlib.ExitStack()
        folder.mkdir(parents=True)
        (folder / "prompts.txt").write_text("".join(prompt + "\n" for prompt in self.prompts))
        self.clock = Clock(folder)
        self.simulator = Simulator(folder / "simulator", models=[MODEL], journal=0)
        self.stack.callback(self.simulator.kill)
        self.simulator.ready()
        self.begin_life()
        self.commands = Commands(folder / "home", self.foreman, build="release", **self.clock.environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.foreman.kill()
        self.stack.close()

    def make_prompt(self, number):
        words = " ".join(self.random.choices(WORDS, k=self.random.randint(1, 12)))
        return f"{number // 2}: {words}" if number % 50 else "Good morning"  # some are the same, and are jobs each

    # What happens.

    def begin_life(self):
        """On the port of the life before, where the commands look for it."""
        self.foreman = Foreman(
            self.folder / "foreman", self.simulator.url, build="release", addr=f"127.0.0.1:{self.port}",
            capacity=MODEL["parallel"], poll_interval="1s", min_free="0", environment=self.clock.environment,
        )
        self.port = self.foreman.wait_for_ports()[0]
        self.foreman.port = self.port
        wait.until(lambda: self.foreman.call("GET", "/readyz").status == 200, what="it is ready")

    def kill(self):
        self.foreman.kill()
        self.kills += 1
        self.begin_life()

    def nap(self):
        self.clock.nap(self.random.uniform(1, 5) * HOUR)

    def step_back(self):
        self.clock.step(-2 * HOUR)

    def lose_model(self):
        """`ollama rm`; and it comes back when all that ran has ended."""
        self.simulator.remove_model(MODEL["name"])
        wait.until(self.is_quiet, within=60, every=0.1, what="nothing runs without the model")
        done = self.counts()["done"]
        self.kill()
        assert self.counts()["done"] == done, "jobs were done without the model"
        self.simulator.control("POST", "models", {"add": [MODEL]})

    def is_quiet(self):
        counts = self.counts()
        return counts["working"] + counts["loading"] == 0

    def collect(self):
        """Whoever looks at three in the morning."""
        self.commands.run("results", GROUP, "-o", "out.jsonl", within=600)

    def collect_and_break_off(self):
        child = self.commands.start("results", GROUP, "-o", "out.jsonl")
        out = self.commands.folder / "out.jsonl"
        before = out.stat().st_size
        with contextlib.suppress(wait.Timeout):
            wait.until(lambda: child.poll() is not None or out.stat().st_size > before, within=60)
        child.kill()
        child.communicate()

    def counts(self):
        return jobs.counts(self.foreman, GROUP)

    def over(self):
        counts = self.counts()
        return sum(counts[state] for state in jobs.TERMINAL)

    def strike(self, over):
        """As many faults as belong to so many jobs that have ended since."""
        for _ in range(over):
            if self.random.random() < FAULTS_PER_JOB:
                fault = dict(self.random.choice(FAULTS))
                self.struck[fault["kind"]] += 1
                if fault["kind"] in IN_STREAM:
                    fault["after_chunks"] = self.random.randint(0, 6)
                self.simulator.fault(**fault)

    # The night.

    def submit(self):
        """As README has it. foreman dies in the middle, and the same command makes whole what broke off."""
        line = (
            "submit", "--each", self.folder / "prompts.txt", MODEL["name"], "--template", TEMPLATE, "--group", GROUP,
            "--max-attempts", ATTEMPTS,
        )
        child = self.commands.start(*line)
        wait.until(lambda: self.total() > len(self.prompts) // 10, within=60, what="the first jobs are there")
        self.kill()
        child.communicate(timeout=600)
        return self.commands.run(*line, within=600).lines

    def total(self):
        answer = self.foreman.call("GET", f"/groups/{GROUP}")
        return answer.json()["total"] if answer.status == 200 else 0

    def schedule(self):
        """What happens, by how many jobs have to be over before."""
        happenings = [self.kill] * 5 + [self.nap] * 3 + [self.step_back, self.lose_model, self.collect_and_break_off]
        self.random.shuffle(happenings)
        happenings = [self.collect, *happenings]
        share = len(self.prompts) * 0.9 / len(happenings)
        return collections.deque((round((number + 0.5) * share), what) for number, what in enumerate(happenings))

    def pass_by(self, watcher, note):
        """Until all is over, or who waits for it has given up."""
        schedule, before = self.schedule(), 0
        while before < len(self.prompts) and not watcher.done():
            wait.until(
                lambda: watcher.done() or self.over() > before, within=300, every=0.05, what="jobs get done",
            )
            now = self.over()
            self.strike(now - before)
            before = now
            if schedule and now >= schedule[0][0]:
                what = schedule.popleft()[1]
                note(f"{now:,} over: {what.__name__}")
                what()

    def run(self, note):
        """The ids in the order of the prompts, and what `foreman wait` showed."""
        ids = self.submit()
        note(f"{len(ids):,} submitted")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            watcher = pool.submit(self.commands.on_terminal, "wait", GROUP, columns=100, within=300)
            self.pass_by(watcher, note)
            shown = watcher.result().out
        self.commands.run("results", GROUP, "-o", "out.jsonl", within=600)
        return ids, shown


class Judge:
    """Holds the file of answers against the prompts."""

    def __init__(self, night, ids):
        self.night, self.ids = night, ids
        text = (night.commands.folder / "out.jsonl").read_text()
        self.lines = [json.loads(line) for line in text.removesuffix("\n").split("\n")]
        found = [line["id"] for line in self.lines]
        once = set(found)
        self.missing = len(night.prompts) - len(once & set(ids))
        self.doubled = len(found) - len(once & set(ids))
        self.out_of_order = sum(one != other for one, other in zip(found, ids))

    def wrong(self, note):
        """How many answers are not what a simulator says that has no faults."""
        simulator, wrong = Simulator(self.night.folder / "reference", models=[MODEL | {"tokens_per_second": 0}]), 0
        by_id = {line["id"]: line for line in self.lines}
        try:
            with wire.Connection(simulator.ready().port) as ollama:
                for job_id, prompt in zip(self.ids, self.night.prompts):
                    expected = self.ask(ollama, prompt)
                    line = by_id.get(job_id)
                    if not line or line["error"] or essence(line["response"]["body"]) != essence(expected):
                        wrong += 1
                        note(f"{prompt!r}: {line} instead of {expected}")
        finally:
            simulator.kill()
        return wrong

    @staticmethod
    def ask(ollama, prompt):
        message = {"role": "user", "content": TEMPLATE.replace("{}", prompt)}
        ollama.request("POST", "/api/chat", body={"model": MODEL["name"], "messages": [message], "stream": False})
        return ollama.answer().json()


def run(folder, quick, note):
    began = time.monotonic()
    with Night(folder / "night", 1000 if quick else 20_000, seed=9) as night:
        ids, shown = night.run(note)
        seconds = time.monotonic() - began
        judge = Judge(night, ids)
        wrong = judge.wrong(note)
        complaints = night.foreman.complaints()
    bars = BAR.findall(shown)
    note(f"faults: {dict(night.struck)}")
    note(f"foreman wait: {len(bars)} bars, the last {bars[-1:]}; {shown.splitlines()[-1]!r}")
    samples = Samples()
    samples.add("foreman", {
        "prompts": len(night.prompts), "lines": len(judge.lines), "faults": sum(night.struck.values()),
        "kills": night.kills, "seconds": seconds, "jobs/s": len(night.prompts) / seconds,
    })
    return samples, [
        Target("missing", judge.missing, "<=", 0),
        Target("doubled", judge.doubled, "<=", 0),
        Target("out of order", judge.out_of_order, "<=", 0),
        Target("answers that are wrong", wrong, "<=", 0),
        Target("complaints in the log", len(complaints), "<=", 0),
    ], []
