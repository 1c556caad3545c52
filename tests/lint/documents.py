# SPDX-License-Identifier: MIT
"""What the documents must keep up with."""
import re

SHIPPED, TABLE, EXAMPLE = "data/foreman.conf", "README.md", "data/foreman.env.example"
MANUAL = "data/man/foreman.conf.5"


def read_defaults(tree):
    """The value of every key of the shipped settings."""
    return dict(re.findall(r"^#?\s?([a-z][a-z0-9_]*) *=[ ]*(.*)$", tree.text(SHIPPED), re.M))


def check_settings(tree):
    """every key of data/foreman.conf is in README's table, in data/foreman.env.example and in foreman.conf(5)"""
    if SHIPPED not in tree.paths:
        return
    defaults = read_defaults(tree)
    for document in (TABLE, EXAMPLE):
        if document not in tree.paths:
            continue
        shown = set(re.findall(r"\b(?:FOREMAN_)?([A-Z][A-Z0-9_]+)\b", tree.text(document)))
        for key in sorted({key.upper() for key in defaults} - shown):
            yield f"{document}: FOREMAN_{key} is missing"
    if MANUAL in tree.paths:
        yield from check_manual(defaults, tree.text(MANUAL))


def check_manual(defaults, manual):
    """An entry is `.TP`, then `.BR key " = default"`, or the key alone where nothing is the default."""
    told = dict(re.findall(r'^\.TP\n\.BR ([a-z][a-z0-9_]*)(?: " = (.*)")?$', manual, re.M))
    for key in sorted(defaults.keys() | told.keys()):
        if key not in told:
            yield f"{MANUAL}: {key} is missing"
        elif key not in defaults:
            yield f"{MANUAL}: there is no setting {key}"
        elif told[key] != defaults[key]:
            yield f"{MANUAL}: the default of {key} is {defaults[key] or 'nothing'}"
