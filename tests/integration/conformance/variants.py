# SPDX-License-Identifier: MIT
"""The recording as it would be with other models, other prompts and other lengths.

A variant rewrites the cases, the recorded answers and the simulator's configuration in the same way, so that a
simulator that had learned the recording by heart would fail.
"""
import base64
import copy
import json
import re

import transcripts


# Up to so many bytes Go's server holds an answer back and gives it a length.
HELD_BACK = 2048
FRAMINGS = {True: "content-length", False: "chunked"}


def same_case(word, like):
    """@word in capitals as `like` is."""
    return word.upper() if like.isupper() else word.title() if like.istitle() else word


def everywhere(value, change):
    """A copy of JSON `value` with `change` applied to every string, but for the keys."""
    if isinstance(value, dict):
        return {key: everywhere(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [everywhere(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def mend_length(raw):
    """A raw request with the Content-Length that its body has, if it had the right one before."""
    head, _, body = raw.partition("\r\n\r\n")
    if "Content-Length" not in head or not body.startswith("{\""):
        return raw
    return re.sub(r"Content-Length: \d+", f"Content-Length: {len(body.encode())}", head) + "\r\n\r\n" + body


class Variant:
    """The recording as it is."""

    title = "as recorded"
    names = {"tiny": "tiny", "tiny2": "tiny2", "embed": "embed"}
    exact = True  # streams of few tokens are compared line by line

    def configuration(self, recorded_with):
        return copy.deepcopy(recorded_with)

    def case(self, case):
        return case

    def recorded(self, case, exchange):
        return exchange

    def prepare(self, case, url):
        """The case as it is sent, once it is its turn."""
        return case

    def check(self, case, exchange):
        """What else is wrong with an exchange."""
        return []


class Rewritten(Variant):
    """Any of the others: an answer that is not streamed is framed by its length, whatever that became."""

    exact = False

    def recorded(self, case, exchange):
        return copy.deepcopy(exchange)

    def prepare(self, case, url):
        """A stop sequence that ends the answer in its second token, where the recorded one did so."""
        if case["name"] != "chat-stop":
            return case
        ask = copy.deepcopy(case)
        ask["body"]["options"] = {"num_predict": 2}
        lines = transcripts.run_once(ask, url)["answers"][0]["body"].splitlines()
        first, second = (json.loads(line)["message"]["content"] for line in lines[:2])
        stop = next(letter for letter in second.strip() if letter not in first)
        return case | {"body": case["body"] | {"options": {"stop": [stop]}}}

    def frame_as(self, want, got):
        """Frames the recorded answer as Go frames one of the length that came."""
        for expected, answer in zip(want["answers"], got["answers"]):
            kind = transcripts.content_type(expected)
            held_back = len(expected.get("body", "").encode()) <= HELD_BACK
            if "ndjson" in kind or "event-stream" in kind or expected["framing"] != FRAMINGS[held_back]:
                continue
            framing = FRAMINGS[len(answer.get("body", "").encode()) <= HELD_BACK]
            swapped = {"content-length": ["Transfer-Encoding"], "chunked": ["Content-Length"]}[framing]
            added = ["Content-Length", "0"] if framing == "content-length" else ["Transfer-Encoding", "chunked"]
            if framing != expected["framing"] and "body" in answer:
                headers = [header for header in expected["headers"] if header[0] not in swapped]
                expected |= {"framing": framing, "headers": headers + [added]}


class Renamed(Rewritten):
    title = "renamed models"
    names = {"tiny": "kestrel", "tiny2": "kestrel2", "embed": "vectors-v1"}

    def rename(self, text):
        for old, new in self.names.items():
            before = r"(?<![/\w])" if old == "embed" else r"\b"  # /api/embed stays
            text = re.sub(rf"{before}{old}\b", lambda match, new=new: same_case(new, match[0]), text, flags=re.I)
        return text.replace("t\\u0069ny", "k\\u0065strel")

    def configuration(self, recorded_with):
        changed = copy.deepcopy(recorded_with)
        for model in changed["models"]:
            model["name"] = self.names[model["name"]]
        return changed

    def case(self, case):
        body = case.get("body")
        changed = everywhere({key: value for key, value in case.items() if key != "name"}, self.rename) | {"name": case["name"]}
        if isinstance(body, dict) and "base64" in body:
            renamed = base64.b64decode(body["base64"]).replace(b'"tiny"', f'"{self.names["tiny"]}"'.encode())
            changed["body"] = {"base64": base64.b64encode(renamed).decode()}
        if "raw" in case:
            changed["raw"] = mend_length(changed["raw"])
        return changed

    def recorded(self, case, exchange):
        return everywhere(exchange, self.rename)


class Reprompted(Rewritten):
    title = "other prompts"
    prompt = "Which way do the swallows fly in autumn, and who told them so? Answer like an old fisherman."

    def change(self, value, key=""):
        if isinstance(value, dict):
            return {k: self.change(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [self.change(item, key) for item in value]
        if key in ("content", "prompt", "input", "text") and value in ("hello", "a", "x", "world"):
            return f"{self.prompt} {value}"
        return value

    def case(self, case):
        if isinstance(case.get("body"), str):
            return case | {"body": case["body"].replace('"content":"hello"', f'"content":"{self.prompt}"')}
        return case | {"body": self.change(case["body"])} if "body" in case else case


class Resized(Rewritten):
    """Other numbers of tokens, dimensions and context sizes, another version and place of the models."""

    title = "other lengths"
    tokens = {1: 3, 2: 5, 4: 7, 600: 450}
    contexts = {4096: 8192, 2048: 1536, 512: 384}
    dimensions = {64: 48, 8: 5}

    def configuration(self, recorded_with):
        changed = copy.deepcopy(recorded_with) | {"version": "0.24.9", "models_path": "/srv/models", "num_ctx": 8192}
        for model in changed["models"]:
            model["context_length"] = self.contexts[model["context_length"]]
            model["embedding_length"] = self.dimensions.get(model["embedding_length"], 80)
            if "num_predict" in model.get("parameters", {}):
                model["parameters"]["num_predict"] = 31
        return changed

    def resize(self, value, key=""):
        if isinstance(value, dict):
            return {k: self.resize(v, k) for k, v in value.items()}
        if key in ("num_predict", "max_tokens", "max_output_tokens"):
            return self.tokens.get(value, value)
        if key == "num_ctx":
            return self.contexts.get(value, value)
        return self.dimensions.get(value, value) if key == "dimensions" else value

    def case(self, case):
        body = case.get("body")
        changed = dict(case)
        if isinstance(body, dict):
            changed["body"] = self.resize(body)
        if isinstance(body, dict) and "base64" in body:
            text = self.resize_text(base64.b64decode(body["base64"]).decode("latin-1"))
            changed["body"] = {"base64": base64.b64encode(text.encode("latin-1")).decode()}
        elif isinstance(body, str):
            changed["body"] = self.resize_text(body)
        if "raw" in case:
            changed["raw"] = mend_length(self.resize_text(case["raw"]))
        return changed

    def resize_text(self, text):
        return re.sub(r'"num_predict":(\d+)', lambda m: f'"num_predict":{self.tokens.get(int(m[1]), m[1])}', text)

    def resized_answer(self, value, longer, key=""):
        """@longer: there are more tokens now, and so there is a time between the first and the last."""
        if isinstance(value, dict):
            changed = {}
            for k, v in value.items():
                changed[k] = self.resized_answer(v, longer, k)
                if k == "eval_count" and "eval_duration" not in value and longer:
                    changed["eval_duration"] = 1
            return changed
        if isinstance(value, list):
            if key in ("embedding", "embeddings") and value and isinstance(value[0], float):
                return value[: self.dimensions.get(len(value), len(value))]
            return [self.resized_answer(item, longer, key) for item in value]
        return self.contexts.get(value, value) if key == "context_length" else value

    def recorded(self, case, exchange):
        changed, longer = copy.deepcopy(exchange), self.case(case) != case
        for answer in changed["answers"]:
            if "json" not in transcripts.content_type(answer):
                continue
            text = answer["body"].replace("0.24.0", "0.24.9").replace('"open /models/', '"open /srv/models/')
            lines = text.split("\n")
            for i, line in enumerate(lines):
                try:
                    lines[i] = json.dumps(self.resized_answer(json.loads(line), longer), separators=(",", ":"), ensure_ascii=False)
                except ValueError:
                    continue
            answer["body"] = "\n".join(lines)
        return changed

    def check(self, case, exchange):
        """An answer that its length ended has that many tokens, and a stream one moment for each."""
        wanted = transcripts.tokens_asked_for(case)
        text = exchange["answers"][-1].get("body", "")
        counts = re.findall(r'"(?:eval_count|completion_tokens|output_tokens)":(\d+)', text)
        ended_by_length = re.search(r'"(?:done_reason|finish_reason|stop_reason)":"(?:length|max_tokens)"', text)
        wanted = wanted if wanted is None else int(wanted)
        if wanted is None or not ended_by_length or not counts:
            return []
        said = [f"{wanted} tokens were asked for, counted {counts[-1]}"] if int(counts[-1]) != wanted else []
        marks = ['"done":false', "event: content_block_delta", '"finish_reason":null']
        moments = next((text.count(mark) for mark in marks if mark in text), wanted)
        return said + ([f"{wanted} tokens were asked for, the stream has {moments}"] if moments != wanted else [])


VARIANTS = [Variant(), Renamed(), Reprompted(), Resized()]
