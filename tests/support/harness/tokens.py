# SPDX-License-Identifier: MIT
"""A file of tokens, as FOREMAN_TOKENS_FILE has it."""
import hashlib


def tokens_file(folder, **scopes):
    """A file with a token a name and these scopes; its secret is the name itself. Returns the path."""
    path = folder / "tokens"
    lines = [f"{name} {allowed} sha256:{hashlib.sha256(name.encode()).hexdigest()}\n" for name, allowed in scopes.items()]
    path.write_text("".join(lines))
    path.chmod(0o600)
    return path
