# SPDX-License-Identifier: MIT
import sys

import openai
from transcript import material, play, some

client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="anything")
MODELS = material["models"]
MESSAGES = [{"role": "system", "content": material["system"]}, {"role": "user", "content": material["question"]}]
SEEN = [{"role": "user", "content": [
    {"type": "text", "text": "What is this?"},
    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{material['image']}"}},
]}]
LONG = [{"role": "user", "content": material["long_question"]}]


def chat(client=client, **request):
    return client.chat.completions.create(
        **({"model": MODELS["chat"], "messages": MESSAGES, "max_tokens": 12, "seed": 7} | request)
    )


def complete(**request):
    return client.completions.create(
        model=MODELS["chat"], prompt=material["question"], max_tokens=12, seed=7, **request
    )


def respond(**request):
    return client.responses.create(model=MODELS["chat"], input=material["question"], max_output_tokens=12, **request)


def chunks(stream):
    yield from stream


def aborted_stream():
    stream = chat(messages=LONG, max_tokens=400, stream=True)
    return some(stream, 3, stream.close)


play({
    "models": client.models.list,
    "model": lambda: client.models.retrieve(MODELS["chat"]),
    "chat": chat,
    "chat streamed": lambda: chunks(chat(stream=True)),
    "chat streamed with usage": lambda: chunks(chat(stream=True, stream_options={"include_usage": True})),
    "completion": complete,
    "completion streamed": lambda: chunks(complete(stream=True)),
    "response": respond,
    "response streamed": lambda: chunks(respond(stream=True)),
    "tools": lambda: chat(tools=[material["tool"]]),
    "tools streamed": lambda: chunks(chat(tools=[material["tool"]], stream=True)),
    "images": lambda: chat(model=MODELS["vision"], messages=SEEN),
    "thinking": lambda: chat(model=MODELS["thinking"], reasoning_effort="high"),
    "thinking streamed": lambda: chunks(chat(model=MODELS["thinking"], reasoning_effort="high", stream=True)),
    "embeddings": lambda: client.embeddings.create(model=MODELS["embed"], input=material["texts"]),
    "embeddings as floats": lambda: client.embeddings.create(
        model=MODELS["embed"], input=material["question"], encoding_format="float"
    ),
    "missing model": lambda: chat(model=MODELS["missing"]),
    "missing model streamed": lambda: chunks(chat(model=MODELS["missing"], stream=True)),
    "missing model to retrieve": lambda: client.models.retrieve(MODELS["missing"]),
    "no messages": lambda: chat(messages=[]),
    "no chat model": lambda: chat(model=MODELS["embed"]),
    "aborted stream": aborted_stream,
    "aborted wait": lambda: chat(client.with_options(max_retries=0), messages=LONG, max_tokens=4000, timeout=0.2),
    "after the aborts": chat,
})
