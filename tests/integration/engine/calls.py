# SPDX-License-Identifier: MIT
"""The engine from Python: what the scripts of this folder share."""
import gi

gi.require_version("Foreman", "0")
gi.require_version("ForemanEngine", "0")
from gi.repository import GLib  # noqa: E402


def wait(condition):
    """Runs the main loop until a condition holds."""
    while not condition():
        GLib.MainContext.default().iteration(True)


def call(thing, method, *arguments):
    """An async method, waited for: what its finish function returns."""
    results = []
    getattr(thing, f"{method}_async")(*arguments, None, lambda _, result: results.append(result))
    wait(lambda: results)
    return getattr(thing, f"{method}_finish")(results[0])
