# SPDX-License-Identifier: MIT
"""The power goes at every sync of a loaded run: what the disk then holds loses no acknowledged job.

tests/rigs/power-loss records what the store asks of its disk, and rebuilds the files with what was not
synced dropped, reordered or torn.
"""
import json
import subprocess

import pytest

from harness.foreman import build_folder
from harness.process import child_environment

ROUNDS, IMAGES = 50, 1000


def cut_power(folder, rounds=ROUNDS, seed=1, **environment):
    """What the rig counted, and the problems that it named."""
    program = build_folder("plain") / "tests" / "rigs" / "power-loss" / "power-loss"
    run = subprocess.run(
        [program, folder, str(rounds), str(seed)],
        capture_output=True, text=True, timeout=600, env=child_environment(environment),
    )
    assert run.stdout, f"{run.returncode}: {run.stderr}"
    return json.loads(run.stdout), run.stderr


def test_no_acknowledged_job_is_lost(tmp_path):
    counts, problems = cut_power(tmp_path)
    assert not problems, problems
    assert counts["problems"] == 0 and counts["images"] >= IMAGES, counts


@pytest.mark.parametrize("planted, word", [("early-ack", "lost:"), ("sync-off", "lost:"), ("no-fence", "late:")])
def test_the_rig_finds_planted_bugs(tmp_path, planted, word):
    counts, problems = cut_power(tmp_path, rounds=20, FOREMAN_PLANTED=planted)
    assert counts["problems"] > 0 and word in problems, problems
