# SPDX-License-Identifier: MIT
"""How long files and functions are."""
import statistics

FILE_LIMIT = 600
FUNCTION_LIMIT = 60
FILE_MEDIAN = 300


def functions(lines):
    """Every function of a file in GNU layout, as (name, first line number, lines of its body).

    There a body opens with a brace in the first column below the line that ends the parameters, and
    closes with one in the first column; no other brace stands there so.
    """
    opened = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{") and number > 1 and lines[number - 2].rstrip().endswith(")"):
            opened = number
        elif line.startswith("}") and opened:
            yield name_above(lines, opened), opened, number - opened + 1
            opened = None


def name_above(lines, opened):
    """The name of the function whose body opens in that line."""
    for line in reversed(lines[:opened - 1]):
        if line[:1].isidentifier() and "(" in line:
            return line.split("(")[0].split()[-1]
    return "?"


def check(tree):
    """no .c longer than 600 lines, no function longer than 60"""
    for path in tree.select(".c", under=["src/", "tests/"]):
        lines = tree.lines(path)
        if len(lines) > FILE_LIMIT:
            yield f"{path}: {len(lines)} lines"
        for name, number, length in functions(lines):
            if length > FUNCTION_LIMIT:
                yield f"{path}:{number}: {name} has {length} lines"


def report(tree):
    sources = tree.select(".c", under=["src/"])
    if not sources:
        return "no .c under src"
    lengths = {path: len(tree.lines(path)) for path in sources}
    lengthy = [length for path in sources for _, _, length in functions(tree.lines(path))] or [0]
    longest = max(lengths, key=lengths.get)
    return (
        f"{len(sources)} .c under src, {sum(lengths.values())} lines: median {statistics.median(lengths.values()):.0f} "
        f"(aim: {FILE_MEDIAN}), longest {longest} ({lengths[longest]}); "
        f"{len(lengthy)} functions, median {statistics.median(lengthy):.0f}, longest {max(lengthy)}"
    )
