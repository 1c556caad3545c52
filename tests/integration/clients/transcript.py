# SPDX-License-Identifier: MIT
"""Plays cases and prints what each gave: see README.md."""
import itertools
import json
import pathlib

material = json.loads(pathlib.Path(__file__).with_name("material.json").read_text())


def plain(value):
    """What a client returned, as JSON: pydantic models, dictionaries, anything with a text form."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, (dict, list, str, int, float, type(None))):
        return value
    return str(value)


def describe(error):
    return {
        "error": type(error).__name__,
        "status": getattr(error, "status_code", None),
        "message": str(error),
    }


def play(cases):
    """Runs each case: a function that returns an answer, or yields events; an exception is its last event."""
    for name, run in cases.items():
        events = []
        try:
            result = run()
            if hasattr(result, "__next__"):
                events.extend(plain(event) for event in result)
            else:
                events.append(plain(result))
        except Exception as error:  # what the client raises is what is compared
            events.append(describe(error))
        print(json.dumps({"case": name, "events": events}), flush=True)


def some(stream, count, leave):
    """The first items of a stream, then leaves it."""
    yield from itertools.islice(stream, count)
    leave()
    yield {"ended": "left"}
