# SPDX-License-Identifier: MIT
"""A child with a port file: start, watch, end by its pid, look for what it should not have said."""
import ctypes
import os
import pathlib
import re
import signal
import subprocess
import time

from . import wait

_libc = ctypes.CDLL(None)

SANITIZERS = {
    "ASAN_OPTIONS": "abort_on_error=0:exitcode=99:detect_stack_use_after_return=1:malloc_context_size=20",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
    "LSAN_OPTIONS": "exitcode=99",
}
COMPLAINT = re.compile(
    r"CRITICAL|ERROR: \w+Sanitizer|runtime error:|-WARNING \*\*|Bail out!|\[glib-critical\]", re.I
)


def child_environment(extra):
    """This process's environment without what would steer foreman, and with what a test says."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("FOREMAN_", "OLLAMA_")) and not key.lower().endswith("_proxy")
    }
    environment |= SANITIZERS | {"G_DEBUG": "fatal-criticals", "LC_ALL": "C.UTF-8"}
    environment |= {key: str(value) for key, value in extra.items() if value is not None}
    return environment


class Process:
    """A program that was started in a folder of its own, with its two outputs in files there."""

    def __init__(self, command, folder, environment=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port_file = self.folder / "port"
        self.port_file.unlink(missing_ok=True)
        self.stderr_file = self.folder / "stderr"
        with open(self.folder / "stdout", "wb") as out, open(self.stderr_file, "ab") as err:
            self.child = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                env=child_environment(environment or {}), cwd=self.folder,
            )
        self.pid = self.child.pid
        self.code = None  # once somebody has waited for its end

    def wait_for_ports(self, within=30.0):
        """The ports of its listeners, in order, from the port file: the last number of each line."""
        try:
            text = wait.for_file(self.port_file, self.pid, within)
        except ProcessLookupError:
            raise AssertionError(f"ended with {self.child.wait()}: {self.stderr()}") from None
        return [int(re.findall(r"\d+", line)[-1]) for line in text.splitlines() if re.search(r"\d", line)]

    @property
    def running(self):
        return self.child.poll() is None

    def stderr(self):
        return self.stderr_file.read_text(errors="replace")

    def complaints(self):
        """The lines of its log that no run may have."""
        return [line for line in self.stderr().splitlines() if COMPLAINT.search(line)]

    def wait_for_log(self, text, within=10.0):
        """Waits until its log has that text, in any case."""
        wait.until(lambda: text.lower() in self.stderr().lower(), within, f"{text!r} in the log of {self.folder.name}")

    def signal(self, number):
        self.child.send_signal(number)

    def wait(self, within=30.0):
        """Its exit code; kills it and complains if it does not end."""
        try:
            self.code = self.child.wait(within)
            return self.code
        except subprocess.TimeoutExpired:
            self.kill()
            raise wait.Timeout(f"pid {self.pid} did not end within {within} s: {self.stderr()[-2000:]}") from None

    def stop(self, within=30.0):
        """SIGTERM, where it still runs; the exit code."""
        if self.running:
            self.signal(signal.SIGTERM)
        return self.wait(within)

    def kill(self):
        if self.running:
            self.child.kill()
        self.code = self.child.wait()

    # What /proc tells of it.

    def _status(self, key):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
        raise KeyError(key)

    def rss(self):
        """Resident memory in bytes."""
        return self._status("VmRSS") * 1024

    def peak_rss(self):
        return self._status("VmHWM") * 1024

    def reset_peak_rss(self):
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def fds(self):
        """How many descriptors it has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu(self):
        """Processor time of all its threads so far, also of those that have ended, in seconds."""
        clock = ctypes.c_int()
        error = _libc.clock_getcpuclockid(self.pid, ctypes.byref(clock))
        if error:
            raise OSError(error, os.strerror(error))
        return time.clock_gettime_ns(clock.value) / 1e9
