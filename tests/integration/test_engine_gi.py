# SPDX-License-Identifier: MIT
"""The engine's objects from another language, without a service around them.

Each script is a process of its own, for the loader looks for libraries when it starts.
"""
import os
import pathlib
import subprocess
import sys

from harness.foreman import build_folder

SCRIPTS = pathlib.Path(__file__).with_name("engine")


def drive(script, *arguments):
    plain = build_folder("plain")
    places = [plain / "introspection" / "gir", plain / "src" / "libforeman"]
    environment = os.environ | {
        "GI_TYPELIB_PATH": str(places[0]),
        "LD_LIBRARY_PATH": ":".join(map(str, places)),
        "G_DEBUG": "fatal-warnings",
        "MALLOC_PERTURB_": "165",
    }
    done = subprocess.run(
        [sys.executable, SCRIPTS / script, *map(str, arguments)],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )
    assert done.returncode == 0, done.stderr


def test_store(tmp_path):
    drive("drive_store.py", tmp_path)


def test_gate():
    drive("drive_gate.py")


def test_inventory(simulator):
    drive("drive_inventory.py", simulator.url, "llama3.2:3b")
