# SPDX-License-Identifier: MIT
"""The files that lint looks at: what git tracks, and what it would."""
import functools
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Tree:
    """The checkout's own files, by path relative to its top."""

    @functools.cached_property
    def paths(self):
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout
        return sorted(path for path in set(listed.split("\0")) if path and (ROOT / path).is_file())

    def select(self, *endings, under=("",)):
        """Those whose name ends in one of `endings`, in one of the folders `under`."""
        return [path for path in self.paths if path.endswith(endings) and path.startswith(tuple(under))]

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        return (ROOT / path).read_text(encoding="utf-8", errors="replace")

    def lines(self, path):
        return self.text(path).splitlines()
