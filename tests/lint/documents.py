# SPDX-License-Identifier: MIT
"""What the documents must keep up with."""
import re

SHIPPED, TABLE, EXAMPLE = "data/foreman.conf", "README.md", "data/foreman.env.example"


def check_settings(tree):
    """every key of data/foreman.conf is in README's table and in data/foreman.env.example"""
    if SHIPPED not in tree.paths:
        return
    keys = {key.upper() for key in re.findall(r"^#?\s?([a-z][a-z0-9_]*)\s*=", tree.text(SHIPPED), re.M)}
    for document in (TABLE, EXAMPLE):
        if document not in tree.paths:
            continue
        shown = set(re.findall(r"\b(?:FOREMAN_)?([A-Z][A-Z0-9_]+)\b", tree.text(document)))
        for key in sorted(keys - shown):
            yield f"{document}: FOREMAN_{key} is missing"
