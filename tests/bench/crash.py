# SPDX-License-Identifier: MIT
"""A thousand kills under load: what is lost, what is doubled, how soon it is back."""
from framework import Samples, Target
from harness.crash_rig import CrashRig
from harness.crash_verdict import Judge


def run(folder, quick, note):
    kills, batch = (20, 20) if quick else (1000, 100)
    samples, lost, doubled, wrong = Samples(), 0, 0, 0
    for seed in range(kills // batch):
        with CrashRig(folder / str(seed), seed=seed) as rig:
            rig.run(batch)
            verdict = Judge(rig).judge()
        for problem in verdict.problems():
            note(problem)
        note(f"{(seed + 1) * batch} kills, {len(rig.ledger.accepted)} more jobs: {dict(rig.kills)}")
        lost, doubled, wrong = lost + len(verdict.lost), doubled + len(verdict.doubled), wrong + len(verdict.wrong)
        samples.add("foreman", {
            "jobs accepted": len(rig.ledger.accepted),
            "kills": sum(rig.kills.values()),
            "longest until ready, s": max(rig.ready_seconds),
        })
    longest = max(samples.by_peer["foreman"]["longest until ready, s"])
    return samples, [
        Target("lost", lost, "<=", 0),
        Target("duplicated", doubled, "<=", 0),
        Target("wrong in another way", wrong, "<=", 0),
        Target("restarts ready", longest, "<=", 1, "s"),
    ], []
