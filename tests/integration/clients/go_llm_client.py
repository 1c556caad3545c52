# SPDX-License-Identifier: MIT
"""A client as the Go programs of foreman's users have it: native /api/chat alone, a bearer token,
explicit `stream`, NDJSON lines of up to 4 MiB, up to three retries on 429, 502 and 503 (sooner
than theirs of 1, 2 and 4 s, which FOREMAN_TEST_RETRY_SECONDS sets), no timeout.
"""
import http.client
import json
import os
import select
import sys
import urllib.parse

from transcript import material, play, some

URL = urllib.parse.urlsplit(sys.argv[1])
TOKEN = os.environ.get("FOREMAN_TEST_TOKEN", "")
FIRST_WAIT = float(os.environ.get("FOREMAN_TEST_RETRY_SECONDS", "0.05"))
LINE_LIMIT = 4 << 20
RETRIED = (429, 502, 503)
MODELS, OPTIONS = material["models"], material["options"]
MESSAGES = [{"role": "system", "content": material["system"]}, {"role": "user", "content": material["question"]}]


class Refused(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status_code = status


def post(body):
    """The answer to a chat request, its connection still open; errors become Refused."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {TOKEN}"} if TOKEN else {})
    for attempt in range(4):
        connection = http.client.HTTPConnection(URL.hostname, URL.port)
        connection.request("POST", URL.path.rstrip("/") + "/api/chat", json.dumps(body), headers)
        answer = connection.getresponse()
        if 200 <= answer.status < 300:
            return answer
        refused = Refused(answer.status, answer.read().decode())
        connection.close()
        if answer.status not in RETRIED or attempt == 3:
            raise refused
        select.select([], [], [], FIRST_WAIT * 2**attempt)


def chat(**request):
    body = {"model": MODELS["chat"], "messages": MESSAGES, "options": OPTIONS, "stream": False} | request
    answer = post(body)
    if not body["stream"]:
        return json.loads(answer.read())
    return lines(answer)


def lines(answer):
    """The objects of a stream; a line over the limit, a blank line and an error in band end it."""
    while line := answer.readline(LINE_LIMIT + 1):
        if len(line) > LINE_LIMIT:
            raise ValueError("bufio.Scanner: token too long")
        chunk = json.loads(line)
        if "error" in chunk:
            raise Refused(200, chunk["error"])
        yield chunk


def aborted_stream():
    answer = post({
        "model": MODELS["chat"], "messages": [{"role": "user", "content": material["long_question"]}],
        "options": material["long_options"], "stream": True,
    })
    return some(lines(answer), 3, answer.close)


play({
    "chat": chat,
    "chat streamed": lambda: chat(stream=True),
    "tools": lambda: chat(tools=[material["tool"]]),
    "tools streamed": lambda: chat(tools=[material["tool"]], stream=True),
    "images": lambda: chat(model=MODELS["vision"], messages=[MESSAGES[1] | {"images": [material["image"]]}]),
    "thinking": lambda: chat(model=MODELS["thinking"], think=True),
    "thinking streamed": lambda: chat(model=MODELS["thinking"], think=True, stream=True),
    "by a schema": lambda: chat(format=material["schema"]),
    "missing model": lambda: chat(model=MODELS["missing"]),
    "missing model streamed": lambda: chat(model=MODELS["missing"], stream=True),
    "bad request": lambda: chat(options={"num_ctx": "many"}),
    "aborted stream": aborted_stream,
    "after the abort": chat,
})
