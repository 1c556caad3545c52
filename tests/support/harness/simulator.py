# SPDX-License-Identifier: MIT
"""ollama-simulator as a child process, and its control routes."""
import json
import pathlib
import socket
import urllib.parse

from . import wait, wire
from .foreman import build_folder
from .process import Process

MODELS = json.loads(pathlib.Path(__file__).with_name("models.json").read_text())
OPERATORS = {"==": "eq", ">=": "ge", "<=": "le"}


def headers(request):
    """The header values of a request in the journal, by name in lower case."""
    found = {}
    for name, value in request["headers"]:
        found.setdefault(name.lower(), []).append(value)
    return found


class Simulator(Process):
    """An Ollama with `models` on a free port of 127.0.0.1.

    Without `models` it has those of models.json, which take no time; `pace` is a number of tokens a
    second for them instead. Other keyword arguments go into its configuration as they are. Control
    requests go over one connection that its faults spare.
    """

    def __init__(self, folder, models=None, pace=0, scale=1, build="plain", **configuration):
        if models is None:
            models = [model | {"tokens_per_second": pace} for model in MODELS]
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "simulator.json"
        config.write_text(json.dumps({"memory": "1000T", "models": models} | configuration))
        self._control = None
        super().__init__(
            [
                build_folder(build) / "tests" / "support" / "simulator" / "ollama-simulator", "--listen", "127.0.0.1:0",
                "--port-file", folder / "port", "--config", config, "--scale", scale,
            ],
            folder,
        )

    def ready(self, within=30.0):
        """Waits until it listens; itself."""
        self.port = self.wait_for_ports(within)[0]
        self._control = wire.Connection(self.port, timeout=120)
        return self

    def stop(self, within=30.0):
        if self._control:
            self._control.close()
        return super().stop(within)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def call(self, method, target, headers=(), body=None, **options):
        """A request as any client would send it."""
        return wire.call(self.port, method, target, headers, body, **options)

    @staticmethod
    def chat(model, content="Hello", tokens=8, **members):
        """The body of a chat, on any chat route: so long an answer, where that is asked for by an option."""
        options = {"num_predict": tokens, "seed": 1}
        if tokens > 40_000:  # Ollama ends an answer at ten times its context
            options["num_ctx"] = tokens
        return {
            "model": model, "messages": [{"role": "user", "content": content}],
            "options": options, "max_tokens": tokens,
        } | members

    # Control.

    def control(self, method, path, body=None):
        self._control.request(method, f"/_sim/{path}", body=body)
        answer = self._control.answer()
        assert answer.status in (200, 408), f"{method} {path}: {answer.body.decode()}"
        return answer.json()

    def requests(self, path=None):
        """The requests that came in, oldest first."""
        query = f"?path={urllib.parse.quote(path)}" if path else ""
        return self.control("GET", f"journal{query}")["requests"]

    def metric(self, name):
        return self.control("GET", "stats")[name]

    def wait_for(self, metric, comparison, count, within=10.0):
        """Waits until a number of its statistics is as said."""
        query = urllib.parse.urlencode(
            {"what": metric, "op": OPERATORS[comparison], "count": count, "timeout": within}
        )
        answer = self.control("GET", f"wait?{query}")
        if not answer["met"]:
            raise wait.Timeout(f"{metric} {comparison} {count}: not within {within} s, it is {answer['value']}")

    def forget(self):
        """Clears journal, counters, faults and holds."""
        self.control("POST", "reset", {})

    def fault(self, kind, **options):
        """Adds a fault (for the next inference request, if no path and no `times` are given); its id."""
        fault = self.control("POST", "faults", {"kind": kind} | options)["id"]
        if kind == "refuse":
            wait.until(lambda: not self._listens(), what="the listener is closed")
        return fault

    def clear_faults(self, fault=0):
        """Removes one, or all."""
        self.control("DELETE", f"faults?id={fault}")
        if not self.control("GET", "faults")["faults"]:
            wait.until(self._listens, what="the listener is open")

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def hold(self, point):
        """From now on nothing passes this point: load, prefill or tokens."""
        self.control("POST", "hold", {"point": point})

    def let(self, point, count):
        """Lets so many pass that point; the rest stays held."""
        self.control("POST", "release", {"point": point, "count": count})

    def open(self, point):
        self.control("POST", "release", {"point": point})

    def add_model(self, name, **description):
        self.control("POST", "models", {"add": [MODELS[0] | {"name": name} | description]})

    def remove_model(self, name):
        self.control("POST", "models", {"remove": [name]})
