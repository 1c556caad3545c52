# SPDX-License-Identifier: MIT
"""Licence lines, and lock files."""
import re

LICENSED = (".c", ".h", ".py", ".js", ".mjs", ".sh", "meson.build", "meson_options.txt", ".ci/run", "dev")
LINE = "SPDX-License-Identifier: MIT"


def check(tree):
    """every source file says its licence in its first three lines"""
    for path in tree.select(*LICENSED):
        if not any(LINE in line for line in tree.lines(path)[:3]):
            yield path


def check_lockfiles(tree):
    """no lock file names a host"""
    for path in tree.paths:
        if "lock" in path.rpartition("/")[2] and re.search(r'"?resolved"?:? "?https?:', tree.text(path)):
            yield path
