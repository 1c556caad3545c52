# SPDX-License-Identifier: MIT
"""Waiting: for files, for processes, for a state; never for time alone."""
import ctypes
import os
import pathlib
import select
import time

IN_CLOSE_WRITE, IN_MOVED_TO = 0x8, 0x80

_libc = ctypes.CDLL(None, use_errno=True)


class Timeout(AssertionError):
    """What was waited for did not happen in time."""


def until(condition, within=10.0, what="a condition", every=0.005):
    """Asks `condition` until it holds (and returns its value); what cannot be told by an event is asked for."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Timeout(f"{what}: not within {within} s (last: {value!r})")
        select.select([], [], [], every)


def for_file(path, pid, within=30.0):
    """Waits for a file that a process writes, by inotify; its text. Raises if the process ends first."""
    path = pathlib.Path(path)
    notify = _libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
    process = os.pidfd_open(pid)
    try:
        _libc.inotify_add_watch(notify, os.fsencode(path.parent), IN_CLOSE_WRITE | IN_MOVED_TO)
        poll = select.poll()
        poll.register(notify, select.POLLIN)
        poll.register(process, select.POLLIN)
        deadline = time.monotonic() + within
        while not (path.exists() and path.read_text().strip()):
            ready = poll.poll(max(0, deadline - time.monotonic()) * 1000)
            if not ready:
                raise Timeout(f"{path.name} was not written within {within} s")
            if any(fd == process for fd, _ in ready):
                raise ProcessLookupError(f"the process ended before it wrote {path.name}")
            os.read(notify, 65536)
        return path.read_text().strip()
    finally:
        os.close(notify)
        os.close(process)
