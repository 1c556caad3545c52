# SPDX-License-Identifier: MIT
"""A machine's clocks, as a process sees them: steps of the wall clock, and naps. Simulated, by a preloaded shim."""
import mmap
import pathlib
import struct

from . import foreman

NANOSECONDS = 1_000_000_000


class Clock:
    """The clocks of the processes that are started with its `environment`; any time may be given in seconds."""

    def __init__(self, folder):
        self.path = pathlib.Path(folder) / "clock"
        self.path.write_bytes(bytes(16))
        with open(self.path, "r+b") as file:
            self._file = mmap.mmap(file.fileno(), 16)
        self.real = self.boot = 0.0  # seconds ahead

    @property
    def environment(self):
        return {"LD_PRELOAD": foreman.shim("clock-shim"), "SHIM_CLOCK_FILE": self.path}

    def step(self, seconds):
        """Somebody, or NTP, sets the wall clock forth, or back."""
        self.real += seconds
        self._write()

    def nap(self, seconds):
        """The machine sleeps so long: its processes see that time is gone, their timers do not."""
        self.real += seconds
        self.boot += seconds
        self._write()

    def _write(self):
        self._file[:] = struct.pack("=qq", round(self.real * NANOSECONDS), round(self.boot * NANOSECONDS))
