# SPDX-License-Identifier: MIT
"""What foreman means to answer differently from Ollama: differences.json.

An entry has `reason`, and `cases` (names, with * for any characters) less those of `except`; the rest says what
the answer is instead, exactly:

    status, framing, connection, body      in the place of what was recorded (body: as transcripts.py shapes it)
    headers                                name → value; null: it has none; "/…/": what matches this
    answers                                how many there are: the last so many of those recorded
"""
import fnmatch
import json
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent


def load():
    return json.loads((HERE / "differences.json").read_text())


def concerns(entry, name):
    def named(patterns):
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)

    return named(entry["cases"]) and not named(entry.get("except", []))


def apply_to_answer(entry, answer):
    for part in ("status", "framing", "body"):
        if part in entry:
            answer[part] = entry[part]
    headers = [header for header in answer["headers"] if header[0] not in entry.get("headers", {})]
    headers += [[name, value] for name, value in entry.get("headers", {}).items() if value is not None]
    answer["headers"] = sorted(headers)


def apply(entry, shape):
    """Changes the recorded shape of an exchange to what the entry expects."""
    if "answers" in entry:
        shape["answers"] = shape["answers"][-entry["answers"] :]
    for answer in shape["answers"]:
        if answer["framing"] != "informational":
            apply_to_answer(entry, answer)
    shape["connection"] = entry.get("connection", shape["connection"])


def accept_patterns(want, got):
    """Writes into `got` the pattern of `want` where a header's value matches it."""
    for expected, answer in zip(want["answers"], got["answers"]):
        patterns = {name: value for name, value in expected["headers"] if value.startswith("/") and value.endswith("/")}
        for header in answer["headers"]:
            pattern = patterns.get(header[0])
            if pattern and re.fullmatch(pattern[1:-1], header[1]):
                header[1] = pattern
