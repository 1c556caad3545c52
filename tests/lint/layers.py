# SPDX-License-Identifier: MIT
"""Who may include whom."""
import pathlib
import re

# What a layer may include besides itself; the map in words is src/README.md.
ALLOWED = {
    "libforeman": set(),
    "net": {"libforeman"},
    "store": {"libforeman"},
    "engine": {"net", "libforeman"},
    "jobs": {"engine", "store", "net", "libforeman"},
    "http": {"jobs", "engine", "store", "net", "libforeman"},
    "dbus": {"jobs", "engine", "store", "net", "libforeman"},
    "daemon": {"http", "dbus", "jobs", "engine", "store", "net", "libforeman", "commands"},
    "commands": {"libforeman"},
    "foremanctl": {"libforeman"},
}

# Where the headers of a library may be included, as prefixes of paths.
LIBRARIES = {
    "sqlite3.h": ("src/store/foreman-store",),
    "libsoup/": ("src/engine/foreman-target", "src/jobs/foreman-webhook", "src/http/", "src/commands/"),
    "json-glib/": (
        "src/engine/", "src/jobs/", "src/http/", "src/dbus/", "src/daemon/", "src/commands/", "src/foremanctl/",
    ),
    "zstd.h": ("src/engine/foreman-zstd",),
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def includes(tree, path):
    """Every include of a file, as (line number, True if quoted, what)."""
    text = tree.text(path)
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start(2)) + 1, match[1] == '"', match[2]


def check(tree):
    """nothing includes upward; own headers are included by their layer's path"""
    for path in tree.select(".c", ".h", under=["src/"]):
        layer = pathlib.Path(path).parts[1]
        if layer not in ALLOWED:
            yield f"{path}: src/{layer} is no layer"
            continue
        for line, quoted, header in includes(tree, path):
            if not quoted:
                continue
            owner, slash, _ = header.partition("/")
            if not slash and f"{path.rpartition('/')[0]}/{header}" in tree.paths:
                yield f'{path}:{line}: "{header}" is included without its layer\'s path'
            elif slash and owner not in ALLOWED[layer] | {layer}:
                yield f"{path}:{line}: {layer} may not include {header}"


def check_libraries(tree):
    """sqlite only in the store, libsoup only in the target client, webhooks, http and commands"""
    for path in tree.select(".c", ".h", under=["src/"]):
        for line, _, header in includes(tree, path):
            for library, places in LIBRARIES.items():
                if header.startswith(library) and not path.startswith(places):
                    yield f"{path}:{line}: {header} does not belong here"
