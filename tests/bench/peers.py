# SPDX-License-Identifier: MIT
"""The programs that benchmarks measure, and the one that measures them."""
import contextlib
import json
import shutil
import socket
import subprocess

from harness import wait
from harness.foreman import build_folder
from harness.process import Process

NGINX_CONFIGURATION = """\
# As near to foreman's task as nginx comes: one worker, nothing buffered, upstream connections kept.
daemon off; master_process off; worker_processes 1;
pid {folder}/pid; error_log stderr warn;
events {{ worker_connections 20000; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
  upstream ollama {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location / {{
      proxy_pass http://ollama;
      proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
      proxy_buffering off; proxy_request_buffering off;
      proxy_read_timeout 1h; client_max_body_size 0;
    }}
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx(Process):
    def __init__(self, folder, upstream_port):
        folder.mkdir(parents=True)
        self.port = free_port()
        configuration = folder / "nginx.conf"
        configuration.write_text(
            NGINX_CONFIGURATION.format(folder=folder, upstream=upstream_port, port=self.port)
        )
        command = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
        super().__init__([command, "-c", configuration, "-p", folder], folder)

    def ready(self):
        def listens():
            assert self.running, self.stderr()
            with contextlib.closing(socket.socket()) as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        wait.until(listens, what="nginx")
        return self


def client_command(port, target, body=None, folder=None, connections=1, **options):
    """The command line of the load generator; `body` is JSON, written to a file in `folder`."""
    command = [
        str(build_folder("plain") / "tests" / "bench" / "bench-client"),
        f"--address=127.0.0.1:{port}", f"--target={target}", f"--connections={connections}",
    ]
    if body is not None:
        file = folder / "body.json"
        file.write_text(json.dumps(body))
        command.append(f"--body={file}")
    for key, value in options.items():
        command.append(f"--{key}" if value is True else f"--{key}={value}")
    return command


def load(port, target, **options):
    """Runs the load generator to its end; what it counted. Nothing may have been refused or broken."""
    run = subprocess.run(client_command(port, target, **options), capture_output=True, text=True)
    assert run.stdout, f"bench-client ended with {run.returncode}: {run.stderr}"
    counts = json.loads(run.stdout)
    assert not counts["refused"] and not counts["errors"], f"{target}: {counts}"
    return counts


class Holder:
    """Many clients that have asked and wait, until hang_up()."""

    def __init__(self, port, target, body, folder, connections):
        command = client_command(port, target, body, folder, connections, hold=True)
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        asked = json.loads(self.child.stdout.readline())
        assert asked["waiting"] == connections and not asked["errors"], asked

    def hang_up(self):
        """All leave; when the first did, on the monotonic clock in seconds."""
        out, _ = self.child.communicate("\n")
        return json.loads(out)["began_us"] / 1e6

    def end(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.communicate()
