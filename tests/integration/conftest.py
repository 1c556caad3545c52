# SPDX-License-Identifier: MIT
"""The fixtures: a simulated Ollama and foreman in front of it, both on free ports of 127.0.0.1.

Every process that a test starts is ended by its pid; foreman must end with 0, and neither a
sanitizer nor GLib may have complained.
"""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from harness.foreman import Foreman  # noqa: E402
from harness.simulator import Simulator  # noqa: E402


class Started:
    """What a test has started, to be ended in the opposite order."""

    def __init__(self, folder):
        self.folder, self.processes = folder, []

    def folder_for(self, name):
        return self.folder / f"{name}-{len(self.processes)}"

    def add(self, process):
        self.processes.append(process)
        return process

    def end(self):
        problems = []
        for process in reversed(self.processes):
            name = process.folder.name
            ended_by_test = process.code is not None
            try:
                code = process.stop()
            except AssertionError as error:
                problems.append(f"{name}: {error}")
                continue
            if code != 0 and not ended_by_test:
                problems.append(f"{name} ended with {code}: {process.stderr()[-4000:]}")
            problems += [f"{name}: {line}" for line in process.complaints()]
        assert not problems, "\n".join(problems)


@pytest.fixture
def started(tmp_path):
    processes = Started(tmp_path)
    yield processes
    processes.end()


@pytest.fixture
def start_simulator(started):
    """A function that starts another simulator: its arguments are Simulator's."""

    def start(**options):
        return started.add(Simulator(started.folder_for("simulator"), **options)).ready()

    return start


@pytest.fixture
def simulator(start_simulator):
    """A simulator with the models of harness/models.json, quick and empty."""
    return start_simulator()


@pytest.fixture
def start_foreman(started, request):
    """A function that starts another foreman in front of a simulator; settings as keywords."""

    def start(simulator, polled=True, **settings):
        url = simulator if isinstance(simulator, str) else simulator.url
        return started.add(Foreman(started.folder_for("foreman"), url, **settings)).ready(polled)

    return start


@pytest.fixture
def foreman(start_foreman, simulator):
    """foreman in front of the fixture `simulator`, as it is shipped."""
    return start_foreman(simulator)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One simulator and one foreman for all tests of a module that leave no traces: (simulator, foreman)."""
    processes = Started(tmp_path_factory.mktemp("shared"))
    simulator = processes.add(Simulator(processes.folder_for("simulator"))).ready()
    foreman = processes.add(Foreman(processes.folder_for("foreman"), simulator.url)).ready()
    yield simulator, foreman
    processes.end()
