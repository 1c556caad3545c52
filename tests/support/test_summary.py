# SPDX-License-Identifier: MIT
"""The sum of a test run must not be better than its parts."""
import pathlib
import subprocess
import sys

import pytest

SUMMARY = pathlib.Path(__file__).with_name("summary.py")
CASES = (
    '<?xml version="1.0" encoding="utf-8"?>\n<testsuite><testcase name="a" classname="c"/><testcase name="b" classname="c">{}</testcase></testsuite>'
)


def summary(folder, *options):
    run = subprocess.run([sys.executable, SUMMARY, folder, *options], capture_output=True, text=True)
    return run.returncode, run.stdout.splitlines()[-1], run.stdout


def part(folder, name, code=0, **files):
    (folder / f"{name}.exit").write_text(f"{code} 1\n")
    for suffix, text in files.items():
        (folder / f"{name}.{suffix}").write_text(text)


def test_all_parts_are_added_up(tmp_path):
    part(tmp_path, "unit", xml=CASES.format(""))
    part(tmp_path, "lint", txt="x\n9 passed, 0 failed\n")
    assert summary(tmp_path)[:2] == (0, "11 passed, 0 failed, 0 skipped")


@pytest.mark.parametrize("verdict", ["<failure/>", "<error/>"])
def test_a_failure_is_a_failure(tmp_path, verdict):
    part(tmp_path, "unit", 1, xml=CASES.format(verdict))
    assert summary(tmp_path)[:2] == (1, "1 passed, 1 failed, 0 skipped")


def test_a_part_that_died_has_failed(tmp_path):
    part(tmp_path, "unit", xml=CASES.format(""))
    part(tmp_path, "integration", 2)
    assert summary(tmp_path)[:2] == (1, "2 passed, 1 failed, 0 skipped")


def test_a_part_that_died_after_its_last_good_test_has_failed(tmp_path):
    part(tmp_path, "unit", 134, xml=CASES.format(""))
    assert summary(tmp_path)[:2] == (1, "2 passed, 1 failed, 0 skipped")


def test_what_a_test_prints_does_not_break_the_count(tmp_path):
    part(tmp_path, "unit", xml=CASES.format("<system-out>b\x01\x00</system-out>"))
    assert summary(tmp_path)[:2] == (0, "2 passed, 0 failed, 0 skipped")


def test_skips_say_why_and_fail_in_ci(tmp_path):
    part(tmp_path, "unit", xml=CASES.format('<skipped message="no node"/>'))
    code, last, text = summary(tmp_path)
    assert (code, last) == (0, "1 passed, 0 failed, 1 skipped")
    assert "c::b: no node" in text
    assert summary(tmp_path, "--no-skips")[:2] == (1, "1 passed, 1 failed, 0 skipped")


def test_nothing_at_all_is_no_success(tmp_path):
    assert summary(tmp_path)[:2] == (1, "0 passed, 0 failed, 0 skipped")
