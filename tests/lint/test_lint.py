# SPDX-License-Identifier: MIT
"""Each check finds what was planted for it, and nothing in good code."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import comments  # noqa: E402
import documents  # noqa: E402
import layers  # noqa: E402
import licence  # noqa: E402
import sizes  # noqa: E402
import style  # noqa: E402
from tree import Tree  # noqa: E402

GOOD_C = """\
/* SPDX-License-Identifier: MIT */
#include "net/foreman-good.h"

static const int table[] = {
  1,
};

/**
 * foreman_good:
 * @count: how many
 *
 * Returns: more
 */
int
foreman_good (int count)
{
  return count + table[0];
}
"""
GOOD_H = """\
/* SPDX-License-Identifier: MIT */
int foreman_good (int count);
"""


class Planted(Tree):
    """A tree of files that are only here."""

    def __init__(self, **files):
        good = {"src/net/foreman-good.c": GOOD_C, "src/net/foreman-good.h": GOOD_H}
        self.files = good | {name.replace("__", "/"): text for name, text in files.items()}

    @property
    def paths(self):
        return sorted(self.files)

    def text(self, path):
        return self.files[path]


def planted(path, text):
    tree = Planted()
    tree.files[path] = text
    return tree


CHECKS = [
    layers.check, layers.check_libraries, sizes.check, style.check_markers, comments.check, licence.check,
    licence.check_lockfiles, documents.check_settings,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.__module__}.{check.__name__}")
def test_good_code_passes(check):
    assert list(check(Planted())) == []


SPDX = "/* SPDX-License-Identifier: MIT */\n"


@pytest.mark.parametrize("check, path, text", [
    (layers.check, "src/net/foreman-bad.c", '#include "engine/foreman-gate.h"\n'),
    (layers.check, "src/http/foreman-bad.c", '#include "daemon/foreman-daemon.h"\n'),
    (layers.check, "src/http/foreman-bad.c", '#include "dbus/foreman-service.h"\n'),
    (layers.check, "src/net/foreman-bad.c", '#include "foreman-good.h"\n'),
    (layers.check, "src/attic/foreman-bad.c", "\n"),
    (layers.check_libraries, "src/engine/foreman-inventory.c", "#include <sqlite3.h>\n"),
    (layers.check_libraries, "src/net/foreman-bad.c", "#include <libsoup/soup.h>\n"),
    (layers.check_libraries, "src/libforeman/foreman-bad.c", "#include <json-glib/json-glib.h>\n"),
    (sizes.check, "src/net/foreman-bad.c", SPDX + "\n" * 600),
    (sizes.check, "tests/unit/test-bad.c", "int\nbad (void)\n{\n" + "  work ();\n" * 59 + "}\n"),
    (style.check_markers, "src/net/foreman-bad.c", "/* TO" "DO: later */\n"),
    (comments.check, "src/net/foreman-bad.h", "void foreman_bad (void);\n"),
    (comments.check, "src/net/foreman-bad.h", "char *\nforeman_worse (const char *text,\n               GError **error);\n"),
    (licence.check, "tests/bad.py", "print()\n"),
    (licence.check_lockfiles, "tests/package-lock.json", '"resolved": "https://registry.example/x.tgz"\n'),
])
def test_what_is_planted_is_found(check, path, text):
    assert len(list(check(planted(path, text)))) == 1


def test_a_comment_must_name_the_parameters_and_the_result():
    tree = planted("src/net/foreman-half.h", "int foreman_half (int whole, int rest);\n")
    tree.files["src/net/foreman-half.c"] = "/**\n * foreman_half:\n * @whole: all of it\n */\n"
    assert list(comments.check(tree)) == ["src/net/foreman-half.h: the comment of foreman_half lacks @rest, Returns:"]


def test_a_setting_must_be_documented():
    tree = planted("data/foreman.conf", "[foreman]\n# text\naddr = x\nmax_queue = 3\n")
    tree.files["README.md"] = "| `FOREMAN_ADDR` | where |\n"
    assert list(documents.check_settings(tree)) == ["README.md: FOREMAN_MAX_QUEUE is missing"]


@pytest.mark.parametrize("manual, problem", [
    ('.TP\n.BR addr " = x"\n.TP\n.BR token\n', None),
    ('.TP\n.BR addr " = x"\n', "token is missing"),
    ('.TP\n.BR addr " = y"\n.TP\n.BR token\n', "the default of addr is x"),
    ('.TP\n.BR addr " = x"\n.TP\n.BR token\n.TP\n.BR door\n', "there is no setting door"),
])
def test_the_manual_has_keys_and_defaults(manual, problem):
    tree = planted("data/foreman.conf", "[foreman]\n# text\naddr = x\ntoken =\n")
    tree.files["data/man/foreman.conf.5"] = manual
    assert list(documents.check_settings(tree)) == ([f"data/man/foreman.conf.5: {problem}"] if problem else [])
