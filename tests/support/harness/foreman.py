# SPDX-License-Identifier: MIT
"""foreman as a child process."""
import os
import pathlib
import signal

from . import wait, wire
from .process import Process

ROOT = pathlib.Path(__file__).resolve().parents[3]


def build_folder(kind):
    """The build folder of that kind; FOREMAN_BUILD and FOREMAN_PLAIN name the first two."""
    named = {"asan": "FOREMAN_BUILD", "plain": "FOREMAN_PLAIN"}.get(kind)
    return pathlib.Path(os.environ.get(named or "", ROOT / "build" / kind))


def program(kind="asan"):
    return build_folder(kind) / "src" / "daemon" / "foreman"


def shim(name):
    """A library to preload; into a program without sanitizers, so that of build/plain or build/release."""
    return build_folder("plain") / "tests" / "support" / "shims" / f"{name}.so"


class Foreman(Process):
    """`foreman serve` in front of the Ollama at `target`, on a free port of 127.0.0.1.

    Keyword arguments are settings: max_queue=3 is FOREMAN_MAX_QUEUE=3. Nothing of the machine's own
    configuration is read: the folders for it are the test's. A `wrapper` is a command that becomes
    foreman, or runs beside it: its pid has to be foreman's.
    """

    def __init__(self, folder, target, build="asan", arguments=(), environment=None, wrapper=(), **settings):
        folder = pathlib.Path(folder)
        home = {
            "HOME": folder,
            "XDG_CONFIG_HOME": folder / "config",
            "XDG_STATE_HOME": folder / "state",
            "CONFIGURATION_DIRECTORY": folder / "config",
            "STATE_DIRECTORY": folder / "state",
        }
        for path in ("config", "state"):
            (folder / path).mkdir(parents=True, exist_ok=True)
        defaults = {"addr": "127.0.0.1:0", "ollama_url": target}
        keys = {f"FOREMAN_{key.upper()}": value for key, value in (defaults | settings).items()}
        if build == "asan":
            home["G_SLICE"] = "always-malloc"  # GLib's own allocator would hide what is used too long or leaked
        self.token = settings.get("token")
        super().__init__(
            [*wrapper, program(build), "serve", "--port-file", folder / "port", *arguments],
            folder,
            home | keys | (environment or {}),
        )

    def ready(self, polled=True):
        """Waits until it listens and, if Ollama can be `polled`, knows its models and its jobs; itself."""
        self.port = self.wait_for_ports()[0]
        headers = [("Authorization", f"Bearer {self.token}")] if self.token else []
        if polled:
            wait.until(lambda: self.call("GET", "/api/tags", headers).status != 503, what="the first poll")
            wait.until(lambda: self.call("GET", "/readyz").json().get("jobs") != "opening", what="an open database")
        return self

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def connect(self, **options):
        return wire.Connection(self.port, **options)

    def call(self, method, target, headers=(), body=None, **options):
        return wire.call(self.port, method, target, headers, body, **options)

    def get(self, target, **options):
        """The JSON that a GET answers."""
        answer = self.call("GET", target, **options)
        assert answer.status == 200, f"{target}: {answer.status} {answer.body!r}"
        return answer.json()

    def status(self):
        return self.get("/status")

    def gate(self):
        """The gate as /status shows it, with numbers for `running` and `waiting` and the latter's list as `queue`."""
        gate = self.status()["gate"]
        return gate | {"running": len(gate["running"]), "waiting": gate["waiting_count"], "queue": gate["waiting"]}

    def health(self):
        return self.get("/healthz")

    def reload(self):
        self.signal(signal.SIGHUP)

    def wait_quiet(self, others=0):
        """Waits until it has no client but the one that asks and so many others."""
        wait.until(lambda: self.status()["counters"]["connections"] <= 1 + others, what="no other client")
