# SPDX-License-Identifier: MIT
"""White space, and what should not have been left behind."""
import re
import subprocess

from tree import ROOT

# In two halves, so that this line is not one.
MARKER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")


def check_format(tree):
    """clang-format 14 would change nothing (`./dev format` mends it)"""
    sources = tree.select(".c", ".h", under=["src/", "tests/"])
    if not sources:
        return
    run = subprocess.run(
        ["clang-format", "--dry-run", "-Werror", *sources], cwd=ROOT, capture_output=True, text=True
    )
    places = re.findall(r"^(\S+?):(\d+):\d+: error:", run.stderr, re.M)
    first = {}
    for path, line in places:
        first.setdefault(path, line)
    for path, line in first.items():
        yield f"{path}:{line}: {sum(path == other for other, _ in places)} places"
    if run.returncode and not places:
        yield run.stderr.strip() or f"clang-format ended with {run.returncode}"


def check_markers(tree):
    """no marker of unfinished work: an issue is the place for it"""
    for path in tree.select(".c", ".h", ".py", ".js", ".mjs", ".sh", ".xml", "meson.build", "dev"):
        for number, line in enumerate(tree.lines(path), 1):
            if MARKER.search(line):
                yield f"{path}:{number}: {line.strip()}"
