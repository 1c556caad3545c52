# SPDX-License-Identifier: MIT
"""What a benchmark is made of: rounds in which all peers take turns, medians, ratios, targets.

A figure of one run says little on a shared machine; that of two peers measured side by side, again
and again, says more. So targets compare the median of the ratios of single rounds, or a figure that
does not depend on the machine's mood (memory).
"""
import dataclasses
import json
import operator
import os
import statistics
import sys

COMPARISONS = {"<=": operator.le, ">=": operator.ge}


@dataclasses.dataclass
class Target:
    """Something to reach: `value op limit`."""

    name: str
    value: float
    op: str
    limit: float
    unit: str = ""

    @property
    def met(self):
        return COMPARISONS[self.op](self.value, self.limit)

    def __str__(self):
        unit = f" {self.unit}" if self.unit else ""
        verdict = "met" if self.met else "missed"
        return f"target {self.name}: {show(self.value)}{unit}, to reach {self.op} {show(self.limit)}{unit}: {verdict}"


class Samples:
    """The figures of all rounds: samples[peer][metric] is a list, one a round."""

    def __init__(self):
        self.by_peer = {}

    def add(self, peer, figures):
        for metric, value in figures.items():
            self.by_peer.setdefault(peer, {}).setdefault(metric, []).append(value)

    def metrics(self):
        return list(dict.fromkeys(metric for figures in self.by_peer.values() for metric in figures))

    def median(self, peer, metric):
        values = self.by_peer.get(peer, {}).get(metric)
        return statistics.median(values) if values else None

    def ratio(self, metric, peer, base):
        """The median of the rounds' ratios of two peers."""
        pairs = zip(self.by_peer[peer][metric], self.by_peer[base][metric])
        return statistics.median(one / other for one, other in pairs)

    def added(self, metric, peer, base):
        """The median of what a peer adds to another's figure in the same round."""
        pairs = zip(self.by_peer[peer][metric], self.by_peer[base][metric])
        return statistics.median(one - other for one, other in pairs)


def show(value):
    """A figure with three significant digits or so."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(heads, rows):
    """Rows of texts and figures as lines, columns aligned."""
    cells = [heads] + [[show(cell) for cell in row] + [""] * (len(heads) - len(row)) for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    for row in cells:
        first = row[0].ljust(widths[0])
        rest = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        yield "  ".join([first, *rest]).rstrip()


def run_rounds(peers, measure, rounds, note=lambda text: None):
    """Samples of `measure(peer, round)` for every peer in every round; each round another begins."""
    samples = Samples()
    for number in range(rounds):
        shift = number % len(peers)
        for peer in peers[shift:] + peers[:shift]:
            note(f"round {number + 1} of {rounds}: {peer}")
            samples.add(peer, measure(peer, number))
    return samples


def report(name, samples, targets, as_json, extra_rows=(), quick=False):
    """Prints it all; the exit code."""
    peers = list(samples.by_peer)
    rows = [[metric, *(samples.median(peer, metric) for peer in peers)] for metric in samples.metrics()]
    rows += [list(row) for row in extra_rows]
    if as_json:
        print(json.dumps({
            "bench": name,
            "quick": quick,
            "processors": os.cpu_count(),
            "samples": samples.by_peer,
            "medians": {row[0]: dict(zip(peers, row[1:])) for row in rows},
            "targets": [dataclasses.asdict(target) | {"met": target.met} for target in targets],
        }, indent=2))
    else:
        for line in table([name, *peers], rows):
            print(line)
        for target in targets:
            print(target)
    return 0 if all(target.met for target in targets) else 1


def note(text):
    print(text, file=sys.stderr, flush=True)
