# SPDX-License-Identifier: MIT
"""Starts ollama-simulator for a test and speaks its control routes.

    with Simulator(config={"models": [{"name": "m"}]}) as simulator:
        simulator.hold("tokens")
        ...                            # a client asks simulator.url for a chat
        simulator.wait("held")         # it has come to its first token
        simulator.fault("reset", after_chunks=2, path="/api/chat")
        assert simulator.journal(path="/api/chat")[0]["outcome"] == "answered"

tests/support/simulator/README.md describes the configuration, the faults and what can be waited for.
"""
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def find_simulator():
    """The binary: $OLLAMA_SIMULATOR, else the newest one below build/."""
    if "OLLAMA_SIMULATOR" in os.environ:
        return os.environ["OLLAMA_SIMULATOR"]
    built = sorted(ROOT.glob("build/*/tests/support/simulator/ollama-simulator"), key=lambda p: p.stat().st_mtime)
    if not built:
        raise FileNotFoundError("ollama-simulator is not built; set OLLAMA_SIMULATOR")
    return str(built[-1])


class Answer:
    """One whole HTTP answer."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def lines(self):
        return [json.loads(line) for line in self.body.decode().splitlines() if line]


class Simulator:
    def __init__(self, config=None, profile=None, scale=None, binary=None):
        self.config, self.profile, self.scale = config, profile, scale
        self.binary = binary or find_simulator()
        self.process = self.port = self._folder = None
        self._idle = []

    # life

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self._folder = tempfile.TemporaryDirectory(prefix="simulator-")
        folder = pathlib.Path(self._folder.name)
        command = [self.binary, "--listen", "127.0.0.1:0", "--port-file", str(folder / "port")]
        if self.config is not None:
            (folder / "config.json").write_text(json.dumps(self.config))
            command += ["--config", str(folder / "config.json")]
        if self.profile is not None:
            command += ["--profile", self.profile]
        if self.scale is not None:
            command += ["--scale", str(self.scale)]
        self.process = subprocess.Popen(command)
        deadline = time.monotonic() + 10
        while not (folder / "port").exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("ollama-simulator did not start")
            time.sleep(0.005)
        self.port = int((folder / "port").read_text())
        return self

    def stop(self):
        """Ends it and returns its exit status: 0, unless it crashed or (sanitizers) leaked."""
        for connection in self._idle:
            connection.close()
        self._idle = []
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(20)
        self.process = None
        self._folder.cleanup()
        return status

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    # control

    def control(self, method, path, body=None, timeout=60):
        """Calls a control route on a kept connection, which works even while the listener refuses."""
        connection = self._idle.pop() if self._idle else http.client.HTTPConnection("127.0.0.1", self.port)
        connection.timeout = timeout
        connection.request(method, "/_sim/" + path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        data = json.loads(answer.read())
        self._idle.append(connection)
        if answer.status not in (200, 408):
            raise ValueError(data.get("error", data))
        return data

    def stats(self):
        return self.control("GET", "stats")

    def journal(self, path=None, after=0):
        """Every request seen (to @path), oldest first."""
        query = f"journal?after={after}" + (f"&path={path}" if path else "")
        return self.control("GET", query)["requests"]

    def reset(self, loaded=False):
        """Forgets journal, counters, faults and holds; `loaded`: and unloads the models."""
        self.control("POST", "reset", {"loaded": loaded})

    def fault(self, kind, **details):
        """Arms a fault, once unless `times` says otherwise (0: until cleared); returns its id."""
        return self.control("POST", "faults", {"kind": kind, **details})["id"]

    def clear_faults(self, id=None):
        self.control("DELETE", "faults" + (f"?id={id}" if id is not None else ""))

    def hold(self, point="tokens"):
        """Lets nothing pass "load", "prefill" or "tokens" until release()."""
        self.control("POST", "hold", {"point": point})

    def release(self, point=None, count=None):
        """Lets `count` pass the point, or opens it (all points) for good."""
        body = {}
        if point is not None:
            body["point"] = point
        if count is not None:
            body["count"] = count
        self.control("POST", "release", body)

    def wait(self, what, count=1, op="ge", timeout=10):
        """Waits until a counter or gauge of stats() is ge, le or eq to count; returns its value."""
        answer = self.control("GET", f"wait?what={what}&count={count}&op={op}&timeout={timeout}", timeout=timeout + 10)
        if not answer["met"]:
            raise TimeoutError(f"{what} is {answer['value']}, waited for {op} {count}: {self.stats()}")
        return answer["value"]

    def add_models(self, *models):
        self.control("POST", "models", {"add": list(models)})

    def remove_models(self, *names):
        self.control("POST", "models", {"remove": list(names)})

    # as a client

    def request(self, method, path, body=None, headers=None, timeout=30):
        """One request on a connection of its own, and its whole answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        data = json.dumps(body) if isinstance(body, (dict, list)) else body
        connection.request(method, path, data, headers or {})
        answer = connection.getresponse()
        whole = Answer(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()
        return whole

    def open(self, path, body, method="POST", headers=None):
        """Sends a request and returns the socket, with nothing read yet."""
        data = json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Length: {len(data)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        client = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        client.sendall(head.encode() + b"\r\n" + data)
        return client
