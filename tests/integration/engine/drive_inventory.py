# SPDX-License-Identifier: MIT
"""The models of an Ollama, and one of them loaded: drive_inventory.py URL MODEL."""
import sys

from calls import call, wait
from gi.repository import ForemanEngine

BOTH = ForemanEngine.InventoryLists.INSTALLED | ForemanEngine.InventoryLists.RESIDENT


def main(url, model):
    target = ForemanEngine.Target.new(ForemanEngine.Reactor.new(None), url, None)
    inventory = ForemanEngine.Inventory.new(target, ForemanEngine.Clock.new(), 60_000_000)
    name = ForemanEngine.ModelName.parse(model)
    changes = []
    inventory.connect("changed", lambda *_: changes.append(1))
    assert inventory.find(name) == ForemanEngine.InventoryMatch.NO_LISTS_YET

    inventory.start()
    wait(lambda: changes)
    assert inventory.find(name) == ForemanEngine.InventoryMatch.KNOWN
    assert inventory.find(ForemanEngine.ModelName.parse("nobody:1b")) == ForemanEngine.InventoryMatch.UNKNOWN
    installed = inventory.get_installed()
    assert model in [installed.get(i).text for i in range(installed.get_n())]
    assert not inventory.is_degraded() and not inventory.is_resident(name)

    assert call(target, "load", model, "-1")
    assert call(inventory, "refresh", BOTH, True)
    assert inventory.is_resident(name)
    inventory.stop()


main(*sys.argv[1:])
