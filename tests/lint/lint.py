#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The rules of the house that a machine can check: lint.py [CHECK…].

A check is a function that takes the Tree and yields a line a problem; its docstring says the rule.
"""
import sys

import comments
import documents
import layers
import licence
import sizes
import style
from tree import Tree

CHECKS = {
    "layers": layers.check,
    "libraries": layers.check_libraries,
    "sizes": sizes.check,
    "format": style.check_format,
    "markers": style.check_markers,
    "comments": comments.check,
    "licence": licence.check,
    "lockfiles": licence.check_lockfiles,
    "settings": documents.check_settings,
}


def main(names):
    unknown = set(names) - set(CHECKS)
    if unknown:
        sys.exit(f"no such check: {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}")
    tree = Tree()
    failed = 0
    chosen = names or list(CHECKS)
    for name in chosen:
        problems = list(CHECKS[name](tree))
        rule = CHECKS[name].__doc__.strip().splitlines()[0]
        print(f"{'FAIL' if problems else 'ok':4} {name:10} {rule}")
        for problem in problems:
            print(f"       {problem}")
        failed += bool(problems)
    print(sizes.report(tree))
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
