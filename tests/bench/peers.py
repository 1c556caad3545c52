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


class Peer(Process):
    """A program of the distribution's that listens on a free port."""

    def __init__(self, folder, name, arguments):
        command = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
        super().__init__([command, *arguments], folder)

    def ready(self):
        def listens():
            assert self.running, self.stderr()
            with contextlib.closing(socket.socket()) as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        wait.until(listens, what=self.folder.name)
        return self


class Nginx(Peer):
    def __init__(self, folder, upstream_port):
        folder.mkdir(parents=True)
        self.port = free_port()
        configuration = folder / "nginx.conf"
        configuration.write_text(
            NGINX_CONFIGURATION.format(folder=folder, upstream=upstream_port, port=self.port)
        )
        super().__init__(folder, "nginx", ["-c", configuration, "-p", folder])


class Beanstalkd(Peer):
    """A work queue whose log is synced after every job."""

    def __init__(self, folder):
        self.port = free_port()
        (folder / "log").mkdir(parents=True)
        super().__init__(folder, "beanstalkd", ["-l", "127.0.0.1", "-p", self.port, "-b", folder / "log", "-f", 0])

    @staticmethod
    def put(body):
        """The bytes that put a job, and how the answer begins."""
        return b"put 0 0 60 %d\r\n%s\r\n" % (len(body), body), "INSERTED"


class Redis(Peer):
    """A list whose log is synced before every answer."""

    def __init__(self, folder):
        self.port = free_port()
        folder.mkdir(parents=True)
        super().__init__(folder, "redis-server", [
            "--bind", "127.0.0.1", "--port", self.port, "--dir", folder, "--save", "",
            "--appendonly", "yes", "--appendfsync", "always",
        ])

    @staticmethod
    def put(body):
        return b"*3\r\n$5\r\nRPUSH\r\n$4\r\njobs\r\n$%d\r\n%s\r\n" % (len(body), body), ":"


def program(name):
    """One of the programs of this folder."""
    return str(build_folder("plain") / "tests" / "bench" / name)


def client_command(port, target, body=None, folder=None, connections=1, **options):
    """The command line of the load generator; `body` is bytes or JSON, written to a file in `folder`."""
    command = [
        program("bench-client"),
        f"--address=127.0.0.1:{port}", f"--target={target}", f"--connections={connections}",
    ]
    if body is not None:
        file = folder / "body"
        file.write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
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
