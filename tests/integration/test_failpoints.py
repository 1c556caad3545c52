# SPDX-License-Identifier: MIT
"""What is built for crash tests alone: it strikes there, and is not in what people install."""
import pytest

from harness.foreman import build_folder

PROGRAMS = ["daemon/foreman", "libforeman/libforeman-0.so"]
TRACES = [b"FOREMAN_FAILPOINT", b"FOREMAN_PLANTED", b"foreman_failpoint_pass", b"foreman_failpoint_is_planted"]


def traces(kind):
    """What of crash tests the programs of a build hold."""
    source = build_folder(kind) / "src"
    content = b"".join(source.joinpath(name).read_bytes() for name in PROGRAMS)
    return [trace for trace in TRACES if trace in content]


def test_the_build_for_crash_tests_has_them():
    assert traces("plain") == TRACES


@pytest.mark.parametrize("kind", ["asan", "release"])
def test_a_build_without_the_option_has_none(kind):
    """The option is off in both; only benchmarks and `./dev install` make build/release."""
    if kind == "release" and not build_folder(kind).joinpath("src/daemon/foreman").exists():
        assert "-Dfailpoints" not in release_options()
        return
    assert traces(kind) == []


def release_options():
    """The options with which ./dev sets up build/release."""
    dev = (build_folder("release").parents[1] / "dev").read_text()
    (line,) = (line for line in dev.splitlines() if line.strip().startswith("release)"))
    return line
