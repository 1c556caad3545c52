# SPDX-License-Identifier: MIT
"""Somebody who is told of job states, and remembers in which order."""
import http.server
import json
import threading


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A sender that is killed resets its connection; what is wrong otherwise shows in what was taken."""


class WebhookReceiver:
    """An HTTP server on a free port of 127.0.0.1 that takes every delivery."""

    def __init__(self):
        self.lock = threading.Lock()
        self.by_job = {}  # id → deliveries in the order in which they came, repetitions left out
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    return  # the sender died
                receiver.take(json.loads(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/told"

    def take(self, event):
        """At least once: the one before may come again, when foreman does not know that it has come."""
        with self.lock:
            events = self.by_job.setdefault(event["job_id"], [])
            if not events or not same(events[-1], event):
                events.append(event)

    def events(self, job_id):
        with self.lock:
            return list(self.by_job.get(job_id, ()))

    def states(self, job_id):
        return [event["state"] for event in self.events(job_id)]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def same(one, other):
    """Whether two deliveries are of the same state change."""
    return all(one[name] == other[name] for name in ("state", "previous_state", "timestamp"))
