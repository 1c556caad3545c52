# SPDX-License-Identifier: MIT
"""Two who want to pass a gate that lets one pass."""
from calls import wait
from gi.repository import Foreman, ForemanEngine, Gio, GLib

passed = []
errors = []


def on_entered(gate, result):
    try:
        passed.append(gate.enter_finish(result))
    except GLib.Error as error:
        errors.append(error)


def enter(gate, cancellable=None):
    gate.enter_async(ForemanEngine.GateRequest(), cancellable, on_entered)


def main():
    gate = ForemanEngine.Gate.new(ForemanEngine.Clock.new(), "1", 2, 2)
    enter(gate)
    enter(gate)
    wait(lambda: passed)
    assert (gate.get_running(), gate.get_waiting()) == (1, 1)
    waiting, following = gate.list_waiting(10, None)
    assert len(waiting) == 1 and following is None
    assert waiting[0].get_position() == 1

    passed[0].release()
    wait(lambda: len(passed) == 2)
    assert passed[1] == waiting[0]
    assert (gate.get_running(), gate.get_waiting()) == (1, 0)

    leaving = Gio.Cancellable()
    enter(gate, leaving)
    leaving.cancel()
    wait(lambda: errors)
    assert errors[0].matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED)
    totals = gate.get_totals()
    assert (totals.entered, totals.granted, totals.cancelled) == (3, 2, 1)

    try:
        ForemanEngine.Gate.new(ForemanEngine.Clock.new(), "none", 2, 2)
    except GLib.Error as error:
        assert error.matches(Foreman.error_quark(), Foreman.Error.INVALID_CONFIG)
    else:
        raise AssertionError("that is no capacity")


main()
