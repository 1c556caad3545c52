#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Record how a server answers the requests in cases.json, or compare a server with a recording.

    transcripts.py record  URL FILE             replay every case against URL, write FILE (JSON)
    transcripts.py compare URL FILE [NAME…]     replay the cases against URL, report where an answer's *shape*
                                                differs from the recording; exit 1 if any does
    transcripts.py show    FILE NAME            print one recorded exchange

compare takes --ignore-headers=A,B for headers that a proxy adds.

Requests are sent byte by byte as the case says, one connection a case, so framing is part of the recording. The
shape of an answer is: status, header names and values (Date and lengths masked), framing, and the body: JSON keys
in order with the type of each value, exact values where they are part of the contract (EXACT), lengths of lists
(but those that depend on a tokenizer: ANY_LENGTH), streams as runs of equal line shapes (line by line where the
request allows at most 8 tokens), text and errors verbatim.
"""
import base64
import json
import pathlib
import re
import socket
import sys
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
EXACT = {
    "error", "model", "context_length", "embedding_length", "done", "done_reason", "object", "role", "type",
    "finish_reason", "status", "stop_reason", "code", "param", "capabilities",
}
ANY_LENGTH = {"context", "tensors", "bytes", "logprobs", "content", "output", "tokenizer.ggml.tokens"}
MASKED = {"date", "content-length"}
FEW_TOKENS = 8


def load_cases():
    return json.loads((HERE / "cases.json").read_text())


# Asking


def body_bytes(case):
    body = case.get("body")
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if "base64" in body and len(body) == 1:
        return base64.b64decode(body["base64"])
    return json.dumps(body, separators=(",", ":")).encode()


def build(case, host):
    """The bytes of the request."""
    if "raw" in case:
        return case["raw"].replace("{host}", host).encode("latin-1")
    data = body_bytes(case)
    headers = {"Host": host, "User-Agent": "transcripts/1", "Accept": "*/*"}
    if case.get("body") is not None:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(data))}
    for key, value in case.get("headers", {}).items():
        if value is None:
            headers.pop(key, None)
        else:
            headers[key] = value.replace("{host}", host)
    head = f"{case['method']} {case['path']} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items())
    if headers.get("Transfer-Encoding") == "chunked":
        half = len(data) // 2
        parts = [part for part in (data[:half], data[half:]) if part]
        data = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    return head.encode() + b"\r\n" + data


class Reader:
    def __init__(self, sock):
        self.sock, self.buffer, self.eof = sock, b"", False

    def more(self):
        if self.eof:
            return False
        try:
            data = self.sock.recv(65536)
        except (ConnectionResetError, TimeoutError):
            data = b""
        self.eof = not data
        self.buffer += data
        return bool(data)

    def until(self, mark):
        while mark not in self.buffer:
            if not self.more():
                return None
        head, self.buffer = self.buffer.split(mark, 1)
        return head

    def exactly(self, count):
        while len(self.buffer) < count and self.more():
            pass
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def rest(self):
        while self.more():
            pass
        data, self.buffer = self.buffer, b""
        return data


def read_chunked(reader):
    framing, body, sizes = "chunked", b"", []
    while True:
        line = reader.until(b"\r\n")
        if line is None:
            framing = "chunked, cut off"
            break
        size = int(line.split(b";")[0], 16)
        body += reader.exactly(size)
        reader.exactly(2)
        if size == 0:
            break
        sizes.append(size)
    return framing, body, sizes if len(sizes) <= 64 else sizes[:64] + ["…"]


def read_answer(reader, method):
    """The next answer, or None if the connection ended in front of it."""
    head = reader.until(b"\r\n\r\n")
    if head is None:
        return None
    lines = head.decode("latin-1").split("\r\n")
    status = int(lines[0].split(" ", 2)[1])
    headers = [[part.strip() for part in line.split(":", 1)] for line in lines[1:]]
    low = {key.lower(): value for key, value in headers}
    answer, body = {"status_line": lines[0], "headers": headers}, b""
    if status < 200:
        return answer | {"framing": "informational", "body": ""}
    if method == "HEAD" or status in (204, 304):
        answer["framing"] = "none"
    elif low.get("transfer-encoding", "").lower() == "chunked":
        answer["framing"], body, answer["chunk_sizes"] = read_chunked(reader)
    elif "content-length" in low:
        body = reader.exactly(int(low["content-length"]))
        cut = len(body) < int(low["content-length"])
        answer["framing"] = "content-length" + (", cut off" if cut else "")
    else:
        answer["framing"], body = "until close", reader.rest()
    try:
        answer["body"] = body.decode()
    except UnicodeDecodeError:
        answer["body_base64"] = base64.b64encode(body).decode()
    return answer


def state_after(reader, host):
    """Whether the connection still answers."""
    if reader.eof:
        return "closed"
    try:
        reader.sock.sendall(f"GET /api/version HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    except OSError:
        return "closed"
    answer = read_answer(reader, "GET")
    return "closed" if answer is None else "open" if answer["status_line"].endswith("200 OK") else "confused"


def run_once(case, url):
    u = urllib.parse.urlsplit(url)
    if u.path.rstrip("/") and "path" in case:
        case = case | {"path": u.path.rstrip("/") + case["path"]}
    with socket.create_connection((u.hostname, u.port or 80), timeout=case.get("timeout", 60)) as sock:
        request = build(case, u.netloc)
        sock.sendall(request)
        reader, answers, wanted = Reader(sock), [], case.get("answers", 1)
        while len(answers) < wanted:
            answer = read_answer(reader, case.get("method", "GET"))
            if answer is None:
                answers.append({"status_line": "", "headers": [], "framing": "connection closed", "body": ""})
                break
            answers.append(answer)
            wanted += answer["framing"] == "informational"
        after = state_after(reader, u.netloc)
    text = request.decode("latin-1") if len(request) < 4096 else f"({len(request)} bytes)"
    return {"request": text, "answers": answers, "connection": after}


def run(case, url):
    """One exchange; a case with "until" is repeated until its body says that, 10 s at most."""
    time.sleep(case.get("pause", 0))
    for _ in range(100):
        exchange = run_once(case, url)
        if "until" not in case or exchange["answers"][-1].get("body") == case["until"]:
            break
        time.sleep(0.1)
    return exchange


# Comparing


def collapse(items):
    return [item for i, item in enumerate(items) if i == 0 or items[i - 1] != item]


def shape(value, key=""):
    if isinstance(value, dict):
        return {k: shape(v, k) for k, v in value.items()}
    if isinstance(value, list):
        if key in EXACT:
            return value
        shapes = [shape(v, key) for v in value]
        if key in ANY_LENGTH or key.startswith("tokenizer."):
            return collapse(shapes)
        return [f"{len(shapes)} ×", *collapse(shapes)]
    if value is None or isinstance(value, bool):
        return value
    if key in EXACT or (key == "name" and isinstance(value, str) and value.endswith(":latest")):
        return re.sub(r"[0-9a-f]{12,}", "<hex>", value) if isinstance(value, str) else value
    return "number" if isinstance(value, (int, float)) else type(value).__name__


def event_shapes(text):
    for part in text.split("\n\n"):
        yield [
            ["data", shape(json.loads(line[6:]))] if line.startswith("data: {") else line for line in part.split("\n")
        ]


def line_shapes(text):
    for line in text.split("\n"):
        try:
            yield shape(json.loads(line))
        except ValueError:
            yield line


def content_type(answer):
    return next((value for key, value in answer["headers"] if key.lower() == "content-type"), "")


def body_shape(answer, line_by_line=False):
    text, ctype = answer.get("body"), content_type(answer)
    runs = list if line_by_line else lambda items: collapse(list(items))
    if text is None:
        return ["bytes"]
    if "event-stream" in ctype:
        return runs(event_shapes(text))
    if "ndjson" in ctype:
        return runs(line_shapes(text))
    if "json" in ctype:
        try:
            return ["json", shape(json.loads(text)), "newline" if text.endswith("\n") else "no newline"]
        except ValueError:
            return ["not json", text]
    return ["text", text]


def answer_shape(answer, line_by_line=False, ignored=()):
    headers = [[k.lower(), "…" if k.lower() in MASKED else v] for k, v in answer["headers"] if k.lower() not in ignored]
    return {
        "status": answer["status_line"], "headers": sorted(headers), "framing": answer["framing"],
        "body": body_shape(answer, line_by_line),
    }


def exchange_shape(exchange, line_by_line=False, ignored=()):
    """What of an exchange is compared."""
    answers = [answer_shape(answer, line_by_line, ignored) for answer in exchange["answers"]]
    return {"answers": answers, "connection": exchange["connection"]}


def brief(value):
    return json.dumps(value, ensure_ascii=False)[:300]


def diff(want, got, path=""):
    """Where two shapes differ, in words."""
    if type(want) is not type(got):
        return [f"{path}: recorded {brief(want)}, got {brief(got)}"]
    if isinstance(want, dict):
        keys = [f"{path}: keys recorded {list(want)}, got {list(got)}"] if list(want) != list(got) else []
        return keys + [line for key in want if key in got for line in diff(want[key], got[key], f"{path}.{key}")]
    if isinstance(want, list):
        count = [f"{path}: recorded {len(want)} ({brief(want)}), got {len(got)} ({brief(got)})"] if len(want) != len(got) else []
        return count + [line for i, pair in enumerate(zip(want, got)) for line in diff(*pair, f"{path}[{i}]")]
    return [] if want == got else [f"{path}: recorded {want!r}, got {got!r}"]


def tokens_asked_for(case):
    body = case.get("body") if isinstance(case.get("body"), dict) else {}
    return body.get("options", {}).get("num_predict") or body.get("max_tokens") or body.get("max_output_tokens")


def is_short(case):
    tokens = tokens_asked_for(case)
    return tokens is not None and tokens <= FEW_TOKENS


def check_models(url, names=("tiny", "tiny2", "embed")):
    """Returns what is wrong with the server's models, or None."""
    answer = run_once({"method": "GET", "path": "/api/tags"}, url)["answers"][0]
    there = [model["name"] for model in json.loads(answer["body"])["models"]]
    if there != [f"{name}:latest" for name in names]:
        return f"the server must have the models {', '.join(names)} and no others, newest first; it has {there}"
    return None


# By hand


def show(path, name):
    recorded = json.loads(pathlib.Path(path).read_text())[name]
    print(recorded["request"])
    for answer in recorded["answers"]:
        print(answer["status_line"], *(f"{key}: {value}" for key, value in answer["headers"]), sep="\n")
        print(f"({answer['framing']})\n" + answer.get("body", "(bytes)"))
    print(f"(connection {recorded['connection']})")


def record(url, path):
    recorded = {case["name"]: {"why": case.get("why", "")} | run(case, url) for case in load_cases()}
    pathlib.Path(path).write_text(json.dumps(recorded, indent=1, ensure_ascii=False))
    print(f"{len(recorded)} exchanges recorded")


def compare(url, path, only, ignored):
    recorded, bad, total = json.loads(pathlib.Path(path).read_text()), 0, 0
    if set(only) - set(recorded):
        sys.exit(f"no such case: {', '.join(sorted(set(only) - set(recorded)))}")
    for case in load_cases():
        if only and case["name"] not in only:
            continue
        want, got = (exchange_shape(e, is_short(case), ignored) for e in (recorded[case["name"]], run(case, url)))
        lines = diff(want, got)
        if lines:
            print(f"{case['name']}:", *lines, sep="\n    ")
        bad, total = bad + bool(lines), total + 1
    print(f"{total - bad} passed, {bad} failed")
    return bad == 0


def main(arguments):
    words = [word for word in arguments if not word.startswith("--")]
    ignored = {h for word in arguments if word.startswith("--ignore-headers=") for h in word.lower().split("=")[1].split(",")}
    if len(words) < 3 or words[0] not in ("record", "compare", "show"):
        sys.exit(__doc__)
    if words[0] == "show":
        return show(*words[1:3])
    problem = check_models(words[1])
    if problem:
        sys.exit(problem)
    if words[0] == "record":
        return record(*words[1:3])
    return None if compare(words[1], words[2], words[3:], ignored) else sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
