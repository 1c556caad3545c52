#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plays a real Ollama's recorded answers at the simulator, and at foreman in front of it.

    conformance.py [--only NAME] [--no-foreman] [--verbose]
        the simulator as recorded, with renamed models, other prompts and other lengths; foreman as recorded,
        but for the differences it means (differences.json)
    conformance.py --foreman-behind URL     foreman in front of a real Ollama that has the recording's models
    conformance.py --url URL                any server against the recording
    conformance.py --differences            what foreman means to answer differently, and why

FOREMAN_BUILD and FOREMAN_PLAIN name the build folders of foreman and of the simulator (build/asan, build/plain).
Exit status 1 if anything failed; the last line is `N passed, N failed`.
"""
import argparse
import copy
import json
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parents[1]
sys.path[:0] = [str(HERE), str(TESTS / "support")]

import differences  # noqa: E402
import transcripts  # noqa: E402
import variants  # noqa: E402
from harness.foreman import Foreman  # noqa: E402
from harness.simulator import Simulator  # noqa: E402

RECORDING = HERE / "ollama-0.24.0.json"
RECORDED_WITH = TESTS / "support" / "simulator" / "profiles" / "transcripts.json"


class Play:
    """One run of all cases against one server."""

    def __init__(self, title, variant=variants.VARIANTS[0], intended=(), only=None, verbose=False):
        self.title, self.variant, self.intended = title, variant, list(intended)
        self.only, self.verbose = only, verbose
        self.passed = self.failed = 0

    def cases(self):
        return [case for case in transcripts.load_cases() if not self.only or case["name"] in self.only]

    def expect(self, case, exchange):
        """The shapes that the exchange should have: as recorded, and with what is intended."""
        short = transcripts.is_short(case) and self.variant.exact
        recorded = transcripts.exchange_shape(exchange, short)
        wanted = copy.deepcopy(recorded)
        for entry in self.intended:
            if differences.concerns(entry, case["name"]):
                differences.apply(entry, wanted)
        return recorded, wanted, short

    def problems(self, case, recording, url):
        sent = self.variant.prepare(self.variant.case(case), url)
        want = self.variant.recorded(case, recording)
        got = transcripts.run(sent, url)
        if not self.variant.exact:
            self.variant.frame_as(want, got)
        recorded, wanted, short = self.expect(case, want)
        seen = transcripts.exchange_shape(got, short)
        differences.accept_patterns(wanted, seen)
        lines = transcripts.diff(wanted, seen)
        if lines and wanted != recorded and seen == recorded:
            lines = ["an intended difference did not occur: it answers as recorded"]
        return lines + self.variant.check(sent, got)

    def run(self, url):
        recordings = json.loads(RECORDING.read_text())
        for case in self.cases():
            lines = self.problems(case, recordings[case["name"]], url)
            self.passed += not lines
            self.failed += bool(lines)
            if lines or self.verbose:
                print(f"{self.title}: {case['name']}{':' if lines else ' passed'}", *lines, sep="\n    ")
        print(f"{self.title}: {self.passed} passed, {self.failed} failed", flush=True)
        return self


class Idle:
    """Entries of differences.json that concern no case: a failure of the list."""

    def __init__(self, intended):
        names = [case["name"] for case in transcripts.load_cases()]
        idle = [entry for entry in intended if not any(differences.concerns(entry, name) for name in names)]
        for entry in idle:
            print(f"differences.json: no case is meant by {entry['cases']}")
        self.passed, self.failed = 0, len(idle)


def refuse_wrong_models(url, names):
    problem = transcripts.check_models(url, names)
    if problem:
        sys.exit(problem)


def end(process):
    """What a process did wrong, as failures."""
    code, complaints = process.stop(), process.complaints()
    for line in ([f"ended with {code}"] if code else []) + complaints:
        print(f"{process.folder.name}: {line}")
    return bool(code or complaints)


def play_simulator(folder, options):
    configuration = json.loads(RECORDED_WITH.read_text())
    for variant in variants.VARIANTS:
        simulator = Simulator(folder / variant.title.replace(" ", "-"), **variant.configuration(configuration)).ready()
        try:
            refuse_wrong_models(simulator.url, variant.names.values())
            play = Play(f"simulator, {variant.title}", variant, (), options.only, options.verbose).run(simulator.url)
        finally:
            wrong = end(simulator)
        play.failed += wrong
        yield play


def play_foreman(folder, options, upstream):
    """foreman in front of the simulator, or of `upstream`."""
    intended = differences.load()
    simulator = None
    if upstream is None:
        simulator = Simulator(folder / "simulator", **json.loads(RECORDED_WITH.read_text())).ready()
        upstream = simulator.url
    foreman = Foreman(folder / "foreman", upstream).ready()
    try:
        refuse_wrong_models(foreman.url, ("tiny", "tiny2", "embed"))
        play = Play("foreman", intended=intended, only=options.only, verbose=options.verbose).run(foreman.url)
    finally:
        wrong = end(foreman) + (end(simulator) if simulator else 0)
    play.failed += wrong
    yield play
    yield Idle(intended)


def plays(folder, options):
    if options.url:
        refuse_wrong_models(options.url, ("tiny", "tiny2", "embed"))
        yield Play(options.url, only=options.only, verbose=options.verbose).run(options.url)
        return
    if options.foreman_behind is None:
        yield from play_simulator(folder, options)
    if not options.no_foreman:
        yield from play_foreman(folder, options, options.foreman_behind)


def list_differences():
    for entry in differences.load():
        cases = ", ".join(entry["cases"]) + (f" (but not {', '.join(entry['except'])})" if "except" in entry else "")
        print(f"{cases}\n    {entry['reason']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="NAME", help="this case alone (may be repeated)")
    parser.add_argument("--no-foreman", action="store_true")
    parser.add_argument("--foreman-behind", metavar="URL")
    parser.add_argument("--url", metavar="URL")
    parser.add_argument("--differences", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="name the cases that passed, too")
    options = parser.parse_args()
    if options.differences:
        return list_differences()
    unknown = set(options.only or ()) - {case["name"] for case in transcripts.load_cases()}
    if unknown:
        sys.exit(f"no such case: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        done = list(plays(pathlib.Path(folder), options))
    passed, failed = sum(play.passed for play in done), sum(play.failed for play in done)
    print(f"{passed} passed, {failed} failed")
    return sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
