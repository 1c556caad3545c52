#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Adds up what the parts of `./dev test` left in a folder.

Each part left NAME.exit ("CODE SECONDS") and, where it ran anything, NAME.xml (JUnit) or NAME.txt
(its last "N passed, N failed[, N skipped]" line counts). Prints a line a part and the sum; exit 1
on any failure, when nothing ran, and with --no-skips on any skip.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

COUNT_LINE = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


# What a test printed stands in meson's file as it is, and XML may not hold all of it.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def count_junit(path):
    passed, failed, skipped = 0, 0, []
    text = NOT_XML.sub("?", path.read_text(errors="replace"))
    for case in ElementTree.fromstring(text.partition("?>")[2]).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif (skip := case.find("skipped")) is not None:
            why = skip.get("message") or (skip.text or "").strip() or "no reason given"
            skipped.append(f"{case.get('classname')}::{case.get('name')}: {why}")
        else:
            passed += 1
    return passed, failed, skipped


def count_text(path):
    lines = COUNT_LINE.findall(path.read_text(errors="replace"))
    if not lines:
        return 0, 0, []
    passed, failed, skipped = lines[-1]
    return int(passed), int(failed), [f"{path.stem}: see above"] * int(skipped or 0)


def count(exit_file):
    """One part's (passed, failed, skips, seconds); a part that died without a verdict has failed."""
    code, seconds = map(int, exit_file.read_text().split())
    passed, failed, skipped = 0, 0, []
    for suffix, counter in ((".xml", count_junit), (".txt", count_text)):
        path = exit_file.with_suffix(suffix)
        if path.exists():
            passed, failed, skipped = counter(path)
    if code != 0 and failed == 0:
        print(f"{exit_file.stem}: ended with {code} though no test of it failed")
        failed = 1
    return passed, failed, skipped, seconds


def main():
    folder, no_skips = pathlib.Path(sys.argv[1]), "--no-skips" in sys.argv[2:]
    total_passed, total_failed, total_skipped = 0, 0, 0
    print()
    for exit_file in sorted(folder.glob("*.exit"), key=lambda path: path.stat().st_mtime):
        passed, failed, skipped, seconds = count(exit_file)
        for skip in skipped:
            print(f"skipped: {skip}")
        print(f"{exit_file.stem:12} {passed:6} passed {failed:4} failed {len(skipped):4} skipped {seconds:5} s")
        total_passed, total_failed = total_passed + passed, total_failed + failed
        total_skipped += len(skipped)
    if no_skips and total_skipped:
        print("a skip is a failure in CI")
        total_failed, total_skipped = total_failed + total_skipped, 0
    print(f"{total_passed} passed, {total_failed} failed, {total_skipped} skipped")
    return 1 if total_failed or not total_passed else 0


if __name__ == "__main__":
    sys.exit(main())
