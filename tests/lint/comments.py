# SPDX-License-Identifier: MIT
"""Documentation comments of what headers offer."""
import re

# A declaration in a header: the return type and the name, alone in column 1 or on one line.
DECLARATION = re.compile(r"^(?!G_|#|typedef|struct|enum|static|\s)([A-Za-z_][\w \t\*]*?[\s\*])(foreman_\w+)\s*\(([^;{]*)\)[^;{]*;", re.M)
COMMENT = re.compile(r"/\*\*\n((?: \*[^\n]*\n)+?) \*/", re.M)
COMMENT_NAME = re.compile(r"\A \* (foreman_\w+)(?: \(skip\))?:")


def strip_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def parameters(declared):
    """The names of the parameters of a declaration; callbacks in place are not looked into."""
    if "(" in declared:
        return []
    names = (re.search(r"(\w+)(?:\[\w*\])?\s*$", part.strip()) for part in declared.split(","))
    return [name[1] for name in names if name and name[1] not in ("void", "error")]


def documented(tree):
    """Every documentation comment of src, by the name of its function."""
    found = {}
    for path in tree.select(".c", ".h", under=["src/"]):
        for match in COMMENT.finditer(tree.text(path)):
            name = COMMENT_NAME.match(match[1])
            if name:
                found[name[1]] = match[1]
    return found


def check(tree):
    """every function in a header has a comment with its parameters and what it returns"""
    comments = documented(tree)
    for path in tree.select(".h", under=["src/"]):
        if path.endswith("-private.h"):
            continue
        for returns, name, declared in DECLARATION.findall(strip_comments(tree.text(path))):
            if name.endswith("_get_type") or name.endswith("_quark"):
                continue
            comment = comments.get(name)
            if comment is None:
                yield f"{path}: {name} has no documentation comment"
                continue
            missing = [f"@{one}" for one in parameters(declared) if f"@{one}:" not in comment]
            if returns.split() != ["void"] and "Returns:" not in comment:
                missing.append("Returns:")
            if missing:
                yield f"{path}: the comment of {name} lacks {', '.join(missing)}"
