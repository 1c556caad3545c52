# SPDX-License-Identifier: MIT
"""Real clients get through foreman what they get from Ollama: clients/README.md."""
import difflib
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

from harness.process import child_environment

HERE = pathlib.Path(__file__).resolve().parent
# Not .bin/node: Debian's npm makes no link for a package that names its processor.
NODE = next((HERE / "node" / "node_modules").glob("node-linux-*/bin/node"), "node")

CLIENTS = {
    "ollama-js": [NODE, HERE / "node" / "ollama-client.mjs"],
    "openai-node": [NODE, HERE / "node" / "openai-client.mjs"],
    "ollama-python": [sys.executable, HERE / "clients" / "ollama_client.py"],
    "openai-python": [sys.executable, HERE / "clients" / "openai_client.py"],
    "curl": [sys.executable, HERE / "clients" / "curl_client.py"],
    "go-llm": [sys.executable, HERE / "clients" / "go_llm_client.py"],
}

# What may differ between two runs: times, and ids that are made up for each answer.
TIMES = re.compile(r"(_at|_duration|^created)$")
IDS = re.compile(r"\b(chatcmpl|cmpl|resp|msg|call|req|rs|fc|item)[-_]\w+")


def masked(value, key=""):
    """The same with times and ids masked."""
    if isinstance(value, dict):
        return {name: masked(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [masked(item, key) for item in value]
    if TIMES.search(key) and value is not None:
        return "(time)"
    if isinstance(value, str):
        return IDS.sub(lambda match: match[1] + "-(id)", value)
    return value


def play(client, url, folder, **environment):
    """Every case's events, by its name, masked."""
    run = subprocess.run(
        [str(word) for word in CLIENTS[client]] + [url], cwd=folder, capture_output=True, text=True,
        env=child_environment(environment | {"PYTHONDONTWRITEBYTECODE": "1"}), timeout=300,
    )
    assert run.returncode == 0, run.stderr
    cases = [json.loads(line) for line in run.stdout.splitlines()]
    return {case["case"]: masked(case["events"]) for case in cases}


def differences(straight, through):
    """A unified diff a case that differs."""
    for name in straight.keys() | through.keys():
        before, after = (
            [json.dumps(event, sort_keys=True, ensure_ascii=False) for event in played.get(name, [])]
            for played in (straight, through)
        )
        if before != after:
            yield "\n".join(difflib.unified_diff(before, after, f"{name}: straight", f"{name}: through foreman", lineterm=""))


@pytest.mark.parametrize("client", CLIENTS)
def test_the_same_through_foreman(start_simulator, start_foreman, tmp_path, client):
    """Each against a fresh simulator, so that both begin in the same state."""
    straight = play(client, start_simulator(pace=200).url, tmp_path)
    assert len(straight) >= 13
    simulator = start_simulator(pace=200)
    foreman = start_foreman(simulator)
    through = play(client, foreman.url, tmp_path)
    different = list(differences(straight, through))
    assert not different, "\n\n".join(different)
    assert_good(straight)
    assert foreman.gate()["running"] == 0


def assert_good(cases):
    """That equal transcripts are not equal failures: only cases that ask for an error got one."""
    for name, events in cases.items():
        wants_error = any(word in name for word in (
            "missing", "bad", "no ", "gone", "wrong", "empty", "abort", "missing model"))
        failed = any(isinstance(event, dict) and event.get("error") for event in events)
        assert events or wants_error, f"{name}: nothing came"
        assert wants_error or not failed, f"{name}: {events}"


@pytest.mark.parametrize("client", ["ollama-python", "go-llm"])
def test_with_a_token(start_simulator, start_foreman, tmp_path, client):
    """These send a bearer token; the others' keys are their users' business."""
    simulator = start_simulator(pace=200)
    foreman = start_foreman(simulator, token="the-token")
    good = play(client, foreman.url, tmp_path, OLLAMA_API_KEY="the-token", FOREMAN_TEST_TOKEN="the-token")
    assert not any(event.get("error") for event in good["chat"])
    bad = play(client, foreman.url, tmp_path, OLLAMA_API_KEY="another", FOREMAN_TEST_TOKEN="another")
    assert all(events and events[-1]["status"] == 401 for events in bad.values())


@pytest.mark.parametrize("client", ["ollama-js", "curl"])
def test_a_token_in_the_path_for_those_who_cannot_send_one(start_simulator, start_foreman, tmp_path, client):
    foreman = start_foreman(start_simulator(pace=200), token="the-token")
    cases = play(client, f"{foreman.url}/as/the-token", tmp_path)
    assert not any(isinstance(event, dict) and event.get("error") for event in cases["chat streamed"])


@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_go_client_retries_what_ollama_refuses(start_simulator, start_foreman, tmp_path, status):
    simulator = start_simulator(pace=200)
    foreman = start_foreman(simulator)
    simulator.fault("status", status=status, retry_after=0, times=2)
    cases = play("go-llm", foreman.url, tmp_path)
    assert not any(event.get("error") for event in cases["chat"])
    assert simulator.metric("faulted") == 2


def test_a_full_queue_is_not_retried_by_openai(start_simulator, start_foreman, tmp_path):
    """x-should-retry: false spares the box two more of each."""
    simulator = start_simulator(pace=200)
    foreman = start_foreman(simulator, max_queue=1)
    simulator.hold("prefill")
    with foreman.connect() as running, foreman.connect() as waiting:
        for connection in (running, waiting):
            connection.request("POST", "/api/chat", body=simulator.chat("llama3.2:3b"))
        from harness import wait

        wait.until(lambda: foreman.gate()["waiting"] == 1, what="the queue is full")
        refused = foreman.gate()["totals"]["refused"]
        code = (
            "import openai, sys\n"
            "try:\n"
            "    openai.OpenAI(base_url=sys.argv[1] + '/v1', api_key='x').chat.completions.create(\n"
            "        model='llama3.2:3b', messages=[{'role': 'user', 'content': 'Hello'}])\n"
            "except openai.APIStatusError as error:\n"
            "    print(error.status_code)\n"
        )
        run = subprocess.run([sys.executable, "-c", code, foreman.url], capture_output=True, text=True,
                             env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})
        assert run.stdout.strip() == "503", run.stderr
        assert foreman.gate()["totals"]["refused"] == refused + 1
        simulator.open("prefill")
