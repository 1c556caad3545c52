# SPDX-License-Identifier: MIT
import sys

import ollama
from transcript import material, play, some

client = ollama.Client(host=sys.argv[1])
MODELS, OPTIONS = material["models"], material["options"]
MESSAGES = [{"role": "system", "content": material["system"]}, {"role": "user", "content": material["question"]}]
SEEN = [{"role": "user", "content": "What is this?", "images": [material["image"]]}]


def chat(**request):
    return client.chat(**({"model": MODELS["chat"], "messages": MESSAGES, "options": OPTIONS} | request))


def generate(**request):
    return client.generate(**({"model": MODELS["chat"], "prompt": material["question"], "options": OPTIONS} | request))


def aborted_stream():
    question = [{"role": "user", "content": material["long_question"]}]
    stream = chat(messages=question, options=material["long_options"], stream=True)
    return some(stream, 3, stream.close)


play({
    "list": client.list,
    "show": lambda: client.show(MODELS["chat"]),
    "chat": chat,
    "ps": client.ps,
    "chat streamed": lambda: chat(stream=True),
    "generate": lambda: generate(system=material["system"]),
    "generate streamed": lambda: generate(stream=True),
    "generate by a schema": lambda: generate(format=material["schema"]),
    "tools": lambda: chat(tools=[material["tool"]]),
    "tools streamed": lambda: chat(tools=[material["tool"]], stream=True),
    "images": lambda: chat(model=MODELS["vision"], messages=SEEN),
    "images streamed": lambda: chat(model=MODELS["vision"], messages=SEEN, stream=True),
    "thinking": lambda: chat(model=MODELS["thinking"], think=True),
    "thinking streamed": lambda: chat(model=MODELS["thinking"], think=True, stream=True),
    "embed": lambda: client.embed(MODELS["embed"], material["texts"]),
    "embeddings": lambda: client.embeddings(MODELS["embed"], material["question"]),
    "missing model": lambda: chat(model=MODELS["missing"]),
    "missing model streamed": lambda: chat(model=MODELS["missing"], stream=True),
    "missing model to embed": lambda: client.embed(MODELS["missing"], material["question"]),
    "missing model to show": lambda: client.show(MODELS["missing"]),
    "bad request": lambda: generate(model="not a name"),
    "bad keep_alive": lambda: chat(keep_alive="soon"),
    "no chat model": lambda: chat(model=MODELS["embed"]),
    "aborted stream": aborted_stream,
    "after the abort": chat,
    "blob": lambda: client.create_blob(__file__),
    "copy": lambda: client.copy(MODELS["chat"], "copied:py"),
    "create": lambda: client.create("created:py", from_=MODELS["chat"], system="You are terse.", stream=True),
    "delete": lambda: client.delete("copied:py"),
    "delete what is gone": lambda: client.delete("copied:py"),
    "unload": lambda: chat(messages=[], keep_alive=0),
})
