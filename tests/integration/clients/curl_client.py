# SPDX-License-Identifier: MIT
"""curl as scripts call it: plain -d (a form's Content-Type), -N for streams, -T and -I now and then."""
import json
import pathlib
import subprocess
import sys

from transcript import material, play

URL = sys.argv[1]
MODELS, OPTIONS = material["models"], material["options"]
MESSAGES = [{"role": "user", "content": material["question"]}]
# What curl says about the answer, after its body.
TRAILER = '\n{"status":%{http_code},"type":"%{content_type}","curl":%{exitcode}}'


def curl(path, body=None, *options):
    """The body line by line, then status, type and curl's own exit code."""
    command = ["curl", "-sS", "-N", "-m", "60", "-w", TRAILER, *options]
    if body is not None:
        command += ["-d", body if isinstance(body, str) else json.dumps(body)]
    run = subprocess.run([*command, URL + path], capture_output=True, text=True)
    for line in (run.stdout + run.stderr).splitlines():
        yield json.loads(line) if line.startswith("{") else line


def chat(path="/api/chat", **request):
    return curl(path, {"model": MODELS["chat"], "messages": MESSAGES, "options": OPTIONS} | request)


def generate(**request):
    return curl("/api/generate", {"model": MODELS["chat"], "prompt": material["question"], "options": OPTIONS} | request)


def aborted_stream():
    """As a user who presses Ctrl-C: three lines, then curl is ended."""
    body = {"model": MODELS["chat"], "messages": MESSAGES, "options": material["long_options"]}
    command = ["curl", "-sS", "-N", URL + "/api/chat", "-d", json.dumps(body)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    lines = [json.loads(child.stdout.readline()) for _ in range(3)]
    child.terminate()
    child.stdout.close()
    child.wait()
    return iter(lines)


def large_chat():
    """Over a megabyte curl asks with Expect: 100-continue first; Ollama reads unknown members away."""
    body = json.dumps({"model": MODELS["chat"], "messages": MESSAGES, "options": OPTIONS, "padding": "x" * 2_000_000})
    file = pathlib.Path("large-chat.json")
    file.write_text(body)
    return curl("/api/chat", f"@{file}", "-H", "Expect: 100-continue")


play({
    "root": lambda: curl("/"),
    "head of the root": lambda: curl("/", None, "-o", "/dev/null", "-I"),
    "tags": lambda: curl("/api/tags"),
    "version": lambda: curl("/api/version"),
    "show": lambda: curl("/api/show", {"model": MODELS["chat"]}),
    "chat": lambda: chat(stream=False),
    "ps": lambda: curl("/api/ps"),
    "chat streamed": chat,
    "generate": lambda: generate(stream=False),
    "generate streamed": generate,
    "tools": lambda: chat(stream=False, tools=[material["tool"]]),
    "tools streamed": lambda: chat(tools=[material["tool"]]),
    "images": lambda: chat(model=MODELS["vision"], stream=False, messages=[MESSAGES[0] | {"images": [material["image"]]}]),
    "thinking": lambda: chat(model=MODELS["thinking"], stream=False, think=True),
    "thinking streamed": lambda: chat(model=MODELS["thinking"], think=True),
    "embed": lambda: curl("/api/embed", {"model": MODELS["embed"], "input": material["texts"]}),
    "embeddings": lambda: curl("/api/embeddings", {"model": MODELS["embed"], "prompt": material["question"]}),
    "large chat": large_chat,
    "HTTP/1.0": lambda: curl("/api/chat", {"model": MODELS["chat"], "messages": MESSAGES, "options": OPTIONS}, "-0"),
    "missing model": lambda: chat(model=MODELS["missing"]),
    "missing model of OpenAI": lambda: chat("/v1/chat/completions", model=MODELS["missing"]),
    "missing model of Anthropic": lambda: chat("/v1/messages", model=MODELS["missing"], max_tokens=12),
    "messages": lambda: chat("/v1/messages", max_tokens=12),
    "messages streamed": lambda: chat("/v1/messages", max_tokens=12, stream=True),
    "no JSON": lambda: curl("/api/chat", "{"),
    "empty body": lambda: curl("/api/chat", ""),
    "no such route": lambda: curl("/api/nothing"),
    "wrong method": lambda: curl("/api/version", None, "-X", "PUT"),
    "aborted stream": aborted_stream,
    "after the abort": lambda: chat(stream=False),
})
