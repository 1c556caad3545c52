# SPDX-License-Identifier: MIT
"""Disks that are full, or fail: commands that run foreman on one."""
import pathlib


def tiny(folder, size):
    """A wrapper that gives a process a file system of that size at `folder`, in a name space of its own."""
    script = f'mount -t tmpfs -o size={size} tmpfs "{folder}" && exec "$@"'
    return ["unshare", "-Urm", "sh", "-c", script, "sh"]


def within(process, path):
    """The path of a file as that process has it, from outside its name space."""
    return pathlib.Path(f"/proc/{process.pid}/root{path}")


def failing(calls, error, when, *paths):
    """A wrapper that has these system calls fail, of those on these files the ones that `when` counts.

    `when` is strace's: 5 is the fifth alone, 5+ all from there, 5..9 these. strace detaches itself, so
    that the pid is foreman's.
    """
    words = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}"]
    words += ["-e", f"inject={calls}:error={error}:when={when}"]
    for path in paths:
        words += ["-P", str(path)]
    return words


def database(folder):
    """The files of the store of a foreman that was started in that folder: itself and its log."""
    file = pathlib.Path(folder) / "state" / "foreman.db"
    return file, file.with_name(file.name + "-wal")
