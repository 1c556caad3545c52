# SPDX-License-Identifier: MIT
"""foreman's own commands, run against a foreman under test."""
import contextlib
import errno
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios

from .foreman import program
from .process import COMPLAINT, child_environment


class Result:
    """What a command printed, and how it ended."""

    def __init__(self, code, out, err=""):
        self.code, self.out, self.err = code, out, err
        assert not COMPLAINT.search(err), err

    @property
    def lines(self):
        return self.out.splitlines()

    @property
    def json(self):
        """The objects of NDJSON."""
        return [json.loads(line) for line in self.lines]


class Commands:
    """Runs `foreman COMMAND` in a folder of its own, which is its home too."""

    def __init__(self, folder, foreman=None, build="asan", **environment):
        self.folder, self.build = folder, build
        folder.mkdir(parents=True, exist_ok=True)
        home = {"HOME": folder, "XDG_CONFIG_HOME": folder / "config", "G_SLICE": "always-malloc"}
        target = {"FOREMAN_URL": foreman.url} if foreman else {}
        self.environment = child_environment(home | target | environment)

    def start(self, *arguments, **options):
        """The command as a child whose outputs are pipes."""
        return subprocess.Popen(
            [program(self.build), *map(str, arguments)], cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
        )

    def run(self, *arguments, input="", code=0, within=60):
        """Runs it to its end, which has to be `code`."""
        child = self.start(*arguments, stdin=subprocess.PIPE)
        try:
            out, err = child.communicate(input, timeout=within)
        finally:
            child.kill()
        assert child.returncode == code, f"{arguments}: {child.returncode}\n{out}{err}"
        return Result(child.returncode, out, err)

    def on_terminal(self, *arguments, columns=80, until=None, then="", code=0, within=60):
        """Runs it on a terminal; once that shows `until`, `then` is typed. All that was shown is `out`."""
        child, end = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.execve(program(self.build), [str(program(self.build)), *map(str, arguments)], self.environment)
        try:
            fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            shown = self._watch(end, until, then, within)
        finally:
            os.close(end)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGHUP)
            ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert ended == code, f"{arguments}: {ended}\n{shown}"
        return Result(ended, shown)

    def _watch(self, end, until, then, within):
        shown = b""
        while True:
            ready, _, _ = select.select([end], [], [], within)
            assert ready, f"nothing more came: {shown!r}"
            try:
                data = os.read(end, 65536)
            except OSError as error:
                assert error.errno == errno.EIO
                data = b""
            if not data:
                return shown.decode()
            shown += data
            if until and until.encode() in shown:
                os.write(end, then.encode())
                until = None
