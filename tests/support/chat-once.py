#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Streams one chat and prints it: chat-once.py [--show-command] URL.

The model is the first that can chat. Exit 0 if the answer came whole. --show-command prints a curl
line that does the same and sends nothing but the question which models there are.
"""
import json
import sys
import urllib.error
import urllib.request


def chat_model(url):
    with urllib.request.urlopen(url + "/api/tags") as answer:
        models = json.load(answer)["models"]
    for model in models:
        if "completion" in model.get("capabilities", ["completion"]):
            return model["name"]
    sys.exit(f"{url} has no model that can chat; `ollama pull` one")


def stream(url, body):
    """Prints the answer as it comes; true if it ended with a line that says done."""
    request = urllib.request.Request(url + "/api/chat", json.dumps(body).encode())
    done = False
    with urllib.request.urlopen(request) as answer:
        for line in answer:
            chunk = json.loads(line)
            if "error" in chunk:
                sys.exit("\n" + chunk["error"])
            print(chunk["message"]["content"], end="", flush=True)
            done = chunk["done"]
    print()
    return done


def main():
    url = sys.argv[-1].rstrip("/")
    try:
        body = {"model": chat_model(url), "messages": [{"role": "user", "content": "Why is the sky blue?"}]}
        if "--show-command" in sys.argv:
            print(f"  curl {url}/api/chat -d '{json.dumps(body)}'")
            return 0
        if stream(url, body):
            return 0
        print("the answer broke off before its last line", file=sys.stderr)
    except urllib.error.HTTPError as error:
        print(f"{url}: {error}: {error.read().decode(errors='replace')}", file=sys.stderr)
    except (OSError, ValueError) as error:
        print(f"{url}: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
