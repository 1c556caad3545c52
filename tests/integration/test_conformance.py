# SPDX-License-Identifier: MIT
"""The conformance rig must fail where it should: planted errors, and intended differences that do not occur."""
import copy
import json
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "conformance"))

import conformance  # noqa: E402
import variants  # noqa: E402


@pytest.fixture
def play(start_simulator, capsys):
    """play(CASE…) → what was printed about the cases that failed, of a simulator configured as said."""

    def begin(*cases, variant=variants.VARIANTS[0], intended=(), change=lambda configuration: None):
        configuration = variant.configuration(json.loads(conformance.RECORDED_WITH.read_text()))
        change(configuration)
        simulator = start_simulator(**configuration)
        done = conformance.Play("planted", variant, intended, cases).run(simulator.url)
        return done.failed, capsys.readouterr().out

    return begin


def test_what_is_right_passes(play):
    assert play("tags", "chat-stream", "v1-chat")[0] == 0


def test_a_planted_error_fails(play):
    def plant(configuration):
        configuration["models"][0]["capabilities"] = ["completion"]

    failed, said = play("tags", "chat-tools", "chat-stream", change=plant)
    assert failed == 1 and "chat-tools" in said and "does not support tools" in said


def test_an_answer_learned_by_heart_fails(play):
    """The recorded answers themselves, when the models have other names."""

    class Forgotten(variants.Renamed):
        def recorded(self, case, exchange):
            return copy.deepcopy(exchange)

    failed, said = play("chat-missing", "chat-stream", "tags", variant=Forgotten())
    assert failed == 2 and "kestrel" in said


def test_another_number_of_tokens_fails(play):
    class Miscounted(variants.Resized):
        def check(self, case, exchange):
            wrong = copy.deepcopy(case)
            if isinstance(wrong.get("body"), dict) and "options" in wrong["body"]:
                wrong["body"]["options"]["num_predict"] = 4
            return super().check(wrong, exchange)

    failed, said = play("chat-length", variant=Miscounted())
    assert failed == 1 and "the stream has 5" in said


def test_an_intended_difference_that_does_not_occur_fails(play):
    entry = {"cases": ["no-host"], "headers": {"x-new": "1"}, "reason": "planted"}
    failed, said = play("no-host", "version", intended=[entry])
    assert failed == 1 and "did not occur" in said


def test_an_intended_difference_is_exact(play):
    entry = {"cases": ["version"], "headers": {"content-type": "/application.json; .*/"}, "reason": "planted"}
    assert play("version", intended=[entry])[0] == 0
    entry = {"cases": ["version"], "status": "HTTP/1.1 200 Fine", "reason": "planted"}
    failed, said = play("version", intended=[entry])
    assert failed == 1 and "did not occur" in said


def test_an_entry_for_no_case_fails(capsys):
    assert conformance.Idle([{"cases": ["no-such-case"], "reason": "planted"}]).failed == 1
