# SPDX-License-Identifier: MIT
"""SIGKILL at every bad moment, again and again, under load: nothing that was accepted is lost or done twice."""
from harness.crash_rig import FAILPOINTS, CrashRig
from harness.crash_verdict import Judge

KILLS = 110


def test_nothing_is_lost(tmp_path):
    with CrashRig(tmp_path) as rig:
        rig.run(KILLS)
        verdict = Judge(rig).judge()
        print(f"{sum(rig.kills.values())} kills: {dict(rig.kills)}, {len(rig.ledger.accepted)} jobs")
        assert not verdict.problems()
        assert sum(rig.kills.values()) >= KILLS
        assert set(FAILPOINTS) <= set(rig.kills), "some failpoints never struck"


def test_killed_while_it_migrates(tmp_path):
    with CrashRig(tmp_path) as rig:
        rig.live("migration")
        assert rig.kills == {"migration": 1}
        rig.run(0)
        assert not Judge(rig).judge().problems()


def test_the_rig_finds_an_answer_before_its_commit(tmp_path):
    """The other planted bugs are for the power-loss rig: who is killed loses nothing that was written."""
    with CrashRig(tmp_path, planted="early-ack") as rig:
        rig.run(8, ("accepted-after",))
        assert Judge(rig).judge().lost
