# SPDX-License-Identifier: MIT
"""What the simulator is trusted with: scheduling by Ollama's rules, hang-ups, faults, its journal."""
import contextlib
import hashlib
import json
import re
import threading
import time

import pytest

from harness import wait, wire

MODEL = {"size": 1000, "load_seconds": 0, "prefill_tokens_per_second": 0, "tokens_per_second": 0, "answer_tokens": 12}


def model(name, **changes):
    return {**MODEL, "name": name, "weights": name, **changes}


@pytest.fixture
def start(start_simulator):
    """start(**configuration) → a running Simulator, with the models a, b, c and d if nothing else is said."""

    def begin(**configuration):
        configuration.setdefault("models", [model(name) for name in "abcd"])
        return start_simulator(**configuration)

    return begin


def body(name="a", content="hi", **members):
    return {"model": name, "messages": [{"role": "user", "content": content}], **members}


def chat(simulator, *arguments, **members):
    return simulator.call("POST", "/api/chat", body=body(*arguments, **members))


def begin(simulator, path, request, headers=()):
    """Sends a request; its connection, with nothing read yet."""
    connection = wire.Connection(simulator.port)
    connection.request("POST", path, headers, request)
    return connection


def begin_chat(simulator, *arguments, **members):
    return begin(simulator, "/api/chat", body(*arguments, **members))


def release(simulator):
    simulator.control("POST", "release", {})


def stats(simulator):
    return simulator.control("GET", "stats")


def loaded(simulator):
    return [m["name"] for m in simulator.call("GET", "/api/ps").json()["models"]]


def read_all(connection):
    """All that comes until the peer ends, and whether by a reset."""
    while connection._more():
        pass
    return connection.buffer, connection.was_reset


def is_silent(connection, seconds=0.15):
    connection.socket.settimeout(seconds)
    with pytest.raises(TimeoutError):
        connection.socket.recv(1)
    connection.socket.settimeout(30)
    return True


# models in memory


def test_a_model_is_loaded_once_and_stays(start):
    simulator = start()
    assert chat(simulator).status == 200 and chat(simulator).status == 200
    assert stats(simulator)["loads"] == 1
    assert loaded(simulator) == ["a:latest"]


def test_other_load_options_reload_and_ps_shows_the_context(start):
    simulator = start()
    chat(simulator)
    chat(simulator, options={"num_ctx": 2048})
    assert [m["context_length"] for m in simulator.call("GET", "/api/ps").json()["models"]] == [2048]
    chat(simulator)
    seen = stats(simulator)
    assert (seen["loads"], seen["reloads"], seen["evictions"]) == (3, 2, 0)


def test_options_of_the_answer_do_not_reload(start):
    simulator = start()
    chat(simulator)
    chat(simulator, options={"temperature": 1.5, "seed": 4, "num_predict": 2, "top_p": 0.1})
    assert stats(simulator)["loads"] == 1


def test_the_idle_model_with_the_shortest_keep_alive_is_evicted(start):
    simulator = start()
    chat(simulator, "a", keep_alive=-1)
    chat(simulator, "b", keep_alive="10m")
    chat(simulator, "c", keep_alive="1h")
    chat(simulator, "d")
    assert set(loaded(simulator)) == {"a:latest", "c:latest", "d:latest"}
    assert stats(simulator)["evictions"] == 1


def test_for_ever_is_no_protection_just_the_last_choice(start):
    simulator = start(max_loaded_models=1)
    chat(simulator, "a", keep_alive=-1)
    chat(simulator, "b")
    assert loaded(simulator) == ["b:latest"]


def test_memory_makes_room(start):
    simulator = start(memory=25000, num_ctx=4, models=[model(n, size=10000, block_count=0) for n in "abc"])
    for name in "abc":
        chat(simulator, name)
    assert len(loaded(simulator)) == 2
    assert stats(simulator)["evictions"] == 1


def test_a_model_that_never_fits_is_an_error(start):
    simulator = start(memory=5000, models=[model("a", size=10000, block_count=0)])
    answer = chat(simulator)
    assert answer.status == 500
    assert re.fullmatch(r"model requires more system memory \(.*\) than is available \(.*\)", answer.json()["error"])


def test_a_busy_model_is_evicted_only_when_it_is_idle(start):
    simulator = start(max_loaded_models=1)
    simulator.hold("tokens")
    first = begin_chat(simulator, "a")
    simulator.wait_for("held", ">=", 1)
    second = begin_chat(simulator, "b")
    simulator.wait_for("queued", ">=", 1)
    assert loaded(simulator) == ["a:latest"]
    release(simulator)
    simulator.wait_for("answered", ">=", 3)
    assert loaded(simulator) == ["b:latest"]


def test_requests_for_the_loaded_model_overtake_one_that_needs_a_load(start):
    simulator = start(max_loaded_models=1, parallel=2)
    simulator.hold("tokens")
    clients = [begin_chat(simulator, "a")]
    simulator.wait_for("held", ">=", 1)
    clients.append(begin_chat(simulator, "b"))
    simulator.wait_for("queued", ">=", 1)
    clients.append(begin_chat(simulator, "a"))
    simulator.wait_for("held", ">=", 2)
    assert stats(simulator)["queued"] == 1
    release(simulator)
    simulator.wait_for("answered", ">=", 3)


def test_names_of_the_same_weights_share_a_runner(start):
    simulator = start()
    simulator.call("POST", "/api/copy", body={"source": "a", "destination": "z"})
    chat(simulator, "z")
    chat(simulator, "a")
    assert stats(simulator)["loads"] == 1
    assert loaded(simulator) == ["z:latest"]


def test_keep_alive_is_sticky_and_expires(start):
    simulator = start()
    chat(simulator, keep_alive=0.3)
    assert loaded(simulator) == ["a:latest"]
    chat(simulator)
    simulator.wait_for("expirations", ">=", 1, within=5)
    assert loaded(simulator) == []


def test_unload_answers_at_once_and_waits_for_work(start):
    simulator = start()
    simulator.hold("tokens")
    client = begin_chat(simulator)
    simulator.wait_for("held", ">=", 1)
    answer = simulator.call("POST", "/api/generate", body={"model": "a", "keep_alive": 0})
    assert answer.json()["done_reason"] == "unload"
    assert loaded(simulator) == ["a:latest"]
    release(simulator)
    simulator.wait_for("unloads", ">=", 1)
    assert loaded(simulator) == []
    client.close()


def test_run_then_unload(start):
    simulator = start()
    assert chat(simulator, keep_alive=0).lines()[-1]["done_reason"] == "stop"
    simulator.wait_for("loaded", "<=", 0)


# loading


def test_ps_does_not_show_a_model_that_is_loading(start):
    simulator = start()
    simulator.hold("load")
    client = begin_chat(simulator)
    simulator.wait_for("loading", ">=", 1)
    assert loaded(simulator) == []
    release(simulator)
    simulator.wait_for("answered", ">=", 2)
    assert loaded(simulator) == ["a:latest"]
    client.close()


def test_a_client_that_leaves_aborts_the_load_and_the_next_loads_again(start):
    simulator = start()
    simulator.hold("load")
    first = begin_chat(simulator)
    simulator.wait_for("held", ">=", 1)
    second = begin_chat(simulator)
    simulator.wait_for("queued", ">=", 1)
    first.close()
    simulator.wait_for("aborted_loading", ">=", 1)
    assert stats(simulator)["loads_aborted"] == 1
    simulator.wait_for("loading", ">=", 1)
    release(simulator)
    simulator.wait_for("answered", ">=", 1)
    assert stats(simulator)["loads"] == 1
    second.close()


def test_loads_come_one_at_a_time_in_order(start):
    simulator = start()
    simulator.hold("load")
    clients = []
    for name in "abc":
        clients.append(begin_chat(simulator, name))
        simulator.wait_for("requests", ">=", len(clients))
        simulator.wait_for("held", ">=", 1)
    simulator.wait_for("queued", ">=", 2)
    assert stats(simulator)["loading"] == 1
    simulator.let("load", 1)
    simulator.wait_for("answered", ">=", 1)
    simulator.wait_for("loading", ">=", 1)
    assert loaded(simulator) == ["a:latest"]
    release(simulator)
    simulator.wait_for("answered", ">=", 4)


def test_only_requests_that_need_a_load_can_find_the_queue_full(start):
    simulator = start(max_queue=1)
    simulator.hold("load")
    clients = [begin_chat(simulator, "a")]
    simulator.wait_for("loading", ">=", 1)
    clients.append(begin_chat(simulator, "b"))
    simulator.wait_for("queued", ">=", 1)
    answer = chat(simulator, "c")
    assert answer.status == 503
    assert answer.json() == {"error": "server busy, please try again.  maximum pending requests exceeded"}
    release(simulator)
    simulator.wait_for("answered", ">=", 3)
    simulator.hold("tokens")
    waiting = [begin_chat(simulator, "a") for _ in range(6)]
    simulator.wait_for("held", ">=", 1)
    simulator.wait_for("queued", ">=", 5)
    release(simulator)
    simulator.wait_for("answered", ">=", 9)
    assert stats(simulator)["queue_full"] == 1
    for client in clients + waiting:
        client.close()


def test_a_client_that_leaves_while_queued_for_a_load_is_noticed_at_its_turn(start):
    simulator = start()
    simulator.hold("load")
    first = begin_chat(simulator, "a")
    simulator.wait_for("held", ">=", 1)
    second = begin_chat(simulator, "b")
    simulator.wait_for("queued", ">=", 1)
    second.close()
    with pytest.raises(wait.Timeout):
        simulator.wait_for("aborted", ">=", 1, within=0.2)
    release(simulator)
    simulator.wait_for("aborted_queued", ">=", 1)
    assert stats(simulator)["loads"] == 1
    first.close()


# requests of one model


def test_one_model_answers_one_request_at_a_time(start):
    simulator = start()
    simulator.hold("tokens")
    clients = [begin_chat(simulator) for _ in range(3)]
    simulator.wait_for("held", ">=", 1)
    simulator.wait_for("queued", ">=", 2)
    release(simulator)
    simulator.wait_for("answered", ">=", 3)
    seen = stats(simulator)
    assert (seen["chat_running_max"], seen["chat_in_flight_max"]) == (1, 3)


def test_parallel_slots(start):
    simulator = start(parallel=2)
    simulator.hold("tokens")
    clients = [begin_chat(simulator) for _ in range(3)]
    simulator.wait_for("held", ">=", 2)
    simulator.wait_for("queued", ">=", 1)
    release(simulator)
    simulator.wait_for("answered", ">=", 3)
    assert stats(simulator)["chat_running_max"] == 2
    for client in clients:
        client.close()


def test_a_client_that_leaves_the_queue_of_a_slot_is_noticed_at_once(start):
    simulator = start()
    simulator.hold("tokens")
    first = begin_chat(simulator)
    simulator.wait_for("held", ">=", 1)
    second = begin_chat(simulator)
    simulator.wait_for("queued", ">=", 1)
    second.close()
    simulator.wait_for("aborted_queued", ">=", 1)
    assert stats(simulator)["held"] == 1
    first.close()
    simulator.wait_for("aborted", ">=", 2)


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_stops_the_model(start, stream):
    simulator = start()
    simulator.hold("tokens")
    client = begin_chat(simulator, stream=stream)
    simulator.wait_for("held", ">=", 1)
    client.close()
    simulator.wait_for("aborted_streaming", ">=", 1)
    simulator.wait_for("chat_in_flight", "<=", 0)
    release(simulator)
    assert simulator.requests()[0]["outcome"] == "aborted-while-streaming"
    assert chat(simulator).status == 200


def test_a_reset_is_a_hang_up_too(start):
    simulator = start(models=[model("a", tokens_per_second=20, answer_tokens=0)])
    client = begin_chat(simulator)
    client.head()
    client.abort()
    simulator.wait_for("aborted_streaming", ">=", 1, within=1)


def test_a_half_close_while_streaming_is_a_hang_up_with_a_last_line(start):
    simulator = start()
    simulator.hold("tokens")
    client = begin_chat(simulator)
    simulator.wait_for("held", ">=", 1)
    simulator.let("tokens", 2)
    simulator.wait_for("held", ">=", 1)
    client.head()
    client.chunk()
    client.chunk()
    client.half_close()
    assert client.chunk() == b'{"error":"error reading llm response: context canceled"}\n'
    assert client.chunk() == b""
    simulator.wait_for("aborted_streaming", ">=", 1)


def test_a_shared_prefix_is_not_read_again(start):
    simulator = start(models=[model("a", prefill_tokens_per_second=2000)])
    long = " ".join(f"word{i}" for i in range(400))
    first = chat(simulator, content=long, stream=False).json()
    assert stats(simulator)["cached_tokens"] == 0
    second = chat(simulator, content=long + " and more", stream=False).json()
    assert second["prompt_eval_count"] > first["prompt_eval_count"]
    assert stats(simulator)["cached_tokens"] > 0.9 * first["prompt_eval_count"]
    assert second["prompt_eval_duration"] < first["prompt_eval_duration"] / 4


def test_embeds_run_beside_chats(start):
    simulator = start(models=[model("a"), model("e", capabilities=["embedding"], embedding_length=8, parallel=3)])
    simulator.hold("prefill")
    clients = [begin_chat(simulator)] + [begin(simulator, "/api/embed", {"model": "e", "input": f"t{i}"}) for i in range(4)]
    simulator.wait_for("held", ">=", 4)
    simulator.wait_for("embed_in_flight", ">=", 4)
    seen = stats(simulator)
    assert (seen["chat_in_flight"], seen["embed_in_flight"], seen["embed_running"]) == (1, 4, 3)
    release(simulator)
    simulator.wait_for("answered", ">=", 5)
    for client in clients:
        client.close()


# what is said


def test_the_answer_depends_on_model_prompt_and_seed_alone(start):
    simulator = start()

    def say(*arguments, **fields):
        return chat(simulator, *arguments, stream=False, **fields).json()["message"]["content"]

    once = say()
    assert once == say() == "".join(line["message"]["content"] for line in chat(simulator).lines())
    assert len({once, say("b"), say("a", "other"), say(options={"seed": 3})}) == 4
    assert say(options={"seed": 3}) == say(options={"seed": 3})


def test_thinking_comes_first_unless_it_is_not_wanted(start):
    simulator = start(models=[model("t", capabilities=["completion", "thinking"])])
    lines = chat(simulator, "t").lines()
    thoughts = [bool(line["message"].get("thinking")) for line in lines]
    assert thoughts[0] and not thoughts[-1] and thoughts == sorted(thoughts, reverse=True)
    assert not any("thinking" in line["message"] for line in chat(simulator, "t", think=False).lines())


TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["c", "f"]}}, "required": ["city"]},
    },
}


def test_a_tool_is_called_when_the_message_speaks_of_it(start):
    simulator = start(models=[model("t", capabilities=["completion", "tools"])])
    answer = chat(simulator, "t", "What is the weather in Toronto?", tools=[TOOL], stream=False).json()
    (call,) = answer["message"]["tool_calls"]
    assert call["function"]["name"] == "get_weather"
    assert call["function"]["arguments"] == {"city": "Toronto", "unit": "c"}
    assert answer["done_reason"] == "stop" and call["id"].startswith("call_")
    assert "tool_calls" not in chat(simulator, "t", "hello", tools=[TOOL], stream=False).json()["message"]
    after = {"model": "t", "stream": False, "tools": [TOOL], "messages": [{"role": "user", "content": "weather?"}, {"role": "tool", "content": "12 C"}]}
    assert simulator.call("POST", "/api/chat", body=after).json()["message"]["content"]


def test_tool_calls_on_the_other_surfaces(start):
    simulator = start(models=[model("t", capabilities=["completion", "tools"])])
    ask = [{"role": "user", "content": "the weather in Oslo, please: Oslo"}]
    answer = simulator.call("POST", "/v1/chat/completions", body={"model": "t", "messages": ask, "tools": [TOOL]}).json()
    assert answer["choices"][0]["finish_reason"] == "tool_calls"
    assert json.loads(answer["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"])["city"] == "Oslo"
    tool = {"type": "function", **TOOL["function"]}
    answer = simulator.call("POST", "/v1/responses", body={"model": "t", "input": "weather?", "tools": [tool]}).json()
    assert answer["output"][0]["type"] == "function_call"
    events = simulator.call("POST", "/v1/responses", body={"model": "t", "input": "weather?", "tools": [tool], "stream": True}).body
    assert b"response.function_call_arguments.done" in events and b"event: response.completed" in events
    tool = {"name": "get_weather", "input_schema": TOOL["function"]["parameters"]}
    answer = simulator.call("POST", "/v1/messages", body={"model": "t", "max_tokens": 50, "messages": ask, "tools": [tool]}).json()
    assert answer["stop_reason"] == "tool_use" and answer["content"][0]["input"]["city"] == "Oslo"


def test_a_schema_is_kept_to(start):
    simulator = start()
    schema = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "boolean"}}}}
    value = json.loads(chat(simulator, format=schema, stream=False).json()["message"]["content"])
    assert isinstance(value["name"], str) and isinstance(value["age"], int) and isinstance(value["tags"][0], bool)
    assert isinstance(json.loads(chat(simulator, format="json", stream=False).json()["message"]["content"]), dict)


def test_stop_sequences_across_tokens(start):
    simulator = start()
    text = chat(simulator, stream=False).json()["message"]["content"]
    stop = text[len(text) // 2 : len(text) // 2 + 6]
    answer = chat(simulator, stream=False, options={"stop": [stop]}).json()
    assert answer["message"]["content"] == text[: text.index(stop)] and answer["done_reason"] == "stop"


def test_a_model_in_a_loop_ends_without_a_last_word(start):
    simulator = start(models=[model("a", loops=True, answer_tokens=0)])
    lines = chat(simulator, options={"temperature": 0}).lines()
    assert not lines[-1]["done"] and not any("error" in line for line in lines)
    assert chat(simulator, stream=False, options={"temperature": 0}).json()["done"] is False


def test_tokens_come_at_their_time(start):
    simulator = start(models=[model("a", tokens_per_second=100, answer_tokens=20)])
    began = time.monotonic()
    answer = chat(simulator, stream=False).json()
    assert answer["eval_count"] == 20 and time.monotonic() - began > 0.19


def test_scale_divides_the_times(start):
    simulator = start(scale=1000, models=[model("a", load_seconds=100, tokens_per_second=1, answer_tokens=20)])
    began = time.monotonic()
    chat(simulator)
    assert 0.11 < time.monotonic() - began < 5


# holding


def test_tokens_are_let_through_one_by_one(start):
    simulator = start()
    simulator.hold("tokens")
    client = begin_chat(simulator)
    simulator.wait_for("held", ">=", 1)
    simulator.let("tokens", 1)
    client.head()
    for _ in range(3):
        assert b'"done":false' in client.chunk()
        assert is_silent(client, 0.05)
        simulator.let("tokens", 1)
    release(simulator)
    while client.chunk():
        pass


# faults


def test_reset_after_chunks(start):
    simulator = start()
    simulator.fault("reset", after_chunks=2)
    data, how = read_all(begin_chat(simulator))
    assert how and data.count(b'"done":false') <= 2
    assert simulator.requests()[0]["outcome"] == "fault-reset"
    assert chat(simulator).lines()[-1]["done"]


def test_reset_after_bytes(start):
    simulator = start()
    simulator.fault("reset", after_bytes=10)
    data, how = read_all(begin_chat(simulator))
    assert how and len(data.partition(b"\r\n\r\n")[2]) <= 10


def test_cut_ends_the_connection_without_the_last_chunk(start):
    simulator = start()
    simulator.fault("cut", after_chunks=3)
    data, how = read_all(begin_chat(simulator))
    assert not how and data.count(b'"done":false') == 3 and not data.endswith(b"0\r\n\r\n")


def test_no_terminator_ends_cleanly_without_done(start):
    simulator = start()
    simulator.fault("no-terminator", after_chunks=3)
    lines = chat(simulator).lines()
    assert len(lines) == 3 and not lines[-1]["done"]
    simulator.fault("no-terminator", after_chunks=3)
    assert b"[DONE]" not in simulator.call("POST", "/v1/chat/completions", body={"model": "a", "stream": True, "messages": [{"role": "user", "content": "hi"}]}).body


def test_hang_before_the_head(start):
    simulator = start()
    simulator.fault("hang")
    client = begin_chat(simulator)
    simulator.wait_for("answering", ">=", 1)
    assert is_silent(client)
    client.close()
    simulator.wait_for("faulted", ">=", 1)
    simulator.fault("hang", seconds=0.2)
    assert chat(simulator).status == 200


def test_stall_in_mid_body(start):
    simulator = start()
    simulator.fault("stall", after_chunks=2, seconds=0.3)
    began = time.monotonic()
    assert chat(simulator).lines()[-1]["done"] and time.monotonic() - began > 0.29
    simulator.fault("stall", after_chunks=2)
    client = begin_chat(simulator)
    client.head()
    client.chunk()
    client.chunk()
    assert is_silent(client)
    client.close()
    simulator.wait_for("faulted", ">=", 2)


def test_drip(start):
    simulator = start()
    simulator.fault("drip", bytes_per_second=1000)
    began = time.monotonic()
    answer = chat(simulator, stream=False)
    assert answer.status == 200 and time.monotonic() - began > (len(answer.body) - 60) / 1000


def test_garbage(start):
    simulator = start()
    simulator.fault("garbage", bytes=100)
    data, how = read_all(begin_chat(simulator))
    assert len(data) == 100 and not data.startswith(b"HTTP/")


def test_a_line_that_is_too_long(start):
    simulator = start()
    simulator.fault("long-line", bytes=1 << 20)
    lines = chat(simulator).body.splitlines()
    assert max(len(line) for line in lines) > 1 << 20 and json.loads(lines[-1])["done"]


@pytest.mark.parametrize("delta", [5, -5])
def test_wrong_content_length(start, delta):
    simulator = start()
    simulator.fault("wrong-length", delta=delta)
    data, how = read_all(begin_chat(simulator, stream=False))
    head, _, payload = data.partition(b"\r\n\r\n")
    assert int(re.search(rb"Content-Length: (\d+)", head)[1]) == len(payload) + delta


def test_status_with_retry_after(start):
    simulator = start()
    simulator.fault("status", status=429, retry_after=7, times=2)
    for _ in range(2):
        answer = chat(simulator)
        assert (answer.status, answer.header("Retry-After")) == (429, "7") and "error" in answer.json()
    assert chat(simulator).status == 200
    simulator.fault("status", status=503, path="/v1/*")
    answer = simulator.call("POST", "/v1/chat/completions", body={"model": "a", "messages": [{"role": "user", "content": "hi"}]})
    assert answer.json()["error"]["type"] == "api_error"


def test_an_empty_answer_after_a_load(start):
    simulator = start()
    simulator.fault("empty")
    (line,) = chat(simulator).lines()
    assert line["done"] and line["done_reason"] == "load" and line["message"]["content"] == ""


def test_a_long_silent_prefill(start):
    simulator = start(scale=100)
    simulator.fault("prefill", seconds=30)
    began = time.monotonic()
    assert chat(simulator).lines()[-1]["done"] and time.monotonic() - began > 0.29
    simulator.fault("prefill", seconds=3000)
    client = begin_chat(simulator)
    simulator.wait_for("prefill", ">=", 1)
    client.close()
    simulator.wait_for("chat_in_flight", "<=", 0)


def test_a_runner_that_dies(start):
    simulator = start()
    simulator.fault("crash", after_chunks=2, times=2)
    lines = chat(simulator).lines()
    assert lines[-1] == {"error": "an error was encountered while running the model: unexpected EOF"} and len(lines) == 3
    assert loaded(simulator) == []
    answer = chat(simulator, stream=False)
    assert answer.status == 500 and "unexpected EOF" in answer.json()["error"]
    simulator.fault("crash", after_chunks=2)
    events = simulator.call("POST", "/v1/chat/completions", body={"model": "a", "stream": True, "messages": [{"role": "user", "content": "hi"}]}).body.decode()
    assert '"model":""' in events and "[DONE]" not in events and "error" not in events


def test_a_load_that_fails(start):
    simulator = start()
    simulator.fault("load-error")
    answer = chat(simulator)
    assert answer.status == 500 and "terminated" in answer.json()["error"]
    assert chat(simulator).status == 200


def test_refuse_closes_the_listener_and_every_connection(start):
    simulator = start()
    idle = wire.Connection(simulator.port)
    idle.request("GET", "/api/version")
    idle.answer()
    simulator.hold("tokens")
    busy = begin_chat(simulator)
    simulator.wait_for("held", ">=", 1)
    simulator.fault("refuse")
    assert read_all(busy)[1]
    with pytest.raises(ConnectionError):
        simulator.call("GET", "/api/version")
    assert read_all(idle) == (b"", True)
    simulator.clear_faults()
    release(simulator)
    deadline = time.monotonic() + 5
    while True:
        with contextlib.suppress(ConnectionError):
            assert simulator.call("GET", "/api/version").status == 200
            break
        assert time.monotonic() < deadline


def test_refuse_for_a_time(start):
    simulator = start()
    simulator.fault("refuse", seconds=0.2)
    with pytest.raises(ConnectionError):
        while True:
            simulator.call("GET", "/api/version")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with contextlib.suppress(ConnectionError):
            assert simulator.call("GET", "/api/version").status == 200
            return
    pytest.fail("the listener stayed closed")


def is_unaccepted(simulator):
    before = stats(simulator)["connections"]
    with wire.Connection(simulator.port, timeout=0.05) as client:
        with contextlib.suppress(TimeoutError):
            client.socket.recv(1)
        return stats(simulator)["connections"] == before


def test_deaf_connects_but_is_not_accepted(start):
    simulator = start()
    simulator.fault("deaf")
    wait.until(lambda: is_unaccepted(simulator), what="a listener that accepts nothing")
    connections = stats(simulator)["connections"]
    client = wire.Connection(simulator.port)
    client.request("GET", "/api/version")
    assert is_silent(client) and stats(simulator)["connections"] == connections
    simulator.clear_faults()
    assert client.answer().status == 200


def test_blackhole_takes_the_request_and_says_nothing(start):
    simulator = start()
    simulator.fault("blackhole", path="/api/tags", times=0)
    client = wire.Connection(simulator.port)
    client.request("GET", "/api/tags")
    assert is_silent(client)
    client.close()
    assert simulator.call("GET", "/api/version").status == 200


def test_a_fault_strikes_what_it_is_meant_for(start):
    simulator = start()
    simulator.fault("status", model="b")
    simulator.fault("status", status=418, name="teapot", path="*")
    assert chat(simulator, "a").status == 200
    assert simulator.call("GET", "/api/tags").status == 200
    assert simulator.call("GET", "/api/tags", [("X-Sim-Fault", "teapot")]).status == 418
    assert chat(simulator, "b").status == 503
    assert simulator.control("GET", "faults")["faults"] == []


# models come and go


def test_models_appear_and_disappear(start):
    simulator = start()
    simulator.control("POST", "models", {"add": [model("new:1b")]})
    names = [m["name"] for m in simulator.call("GET", "/api/tags").json()["models"]]
    assert names[0] == "new:1b" and chat(simulator, "new:1b").status == 200
    simulator.control("POST", "models", {"remove": ["new:1b", "a"]})
    assert chat(simulator, "a").status == 404
    assert "new:1b" not in [m["name"] for m in simulator.call("GET", "/api/tags").json()["models"]]


def test_pull_shows_progress_and_installs(start):
    simulator = start(pull_bytes_per_second=100000, registry=[model("far", size=20000)])
    lines = simulator.call("POST", "/api/pull", body={"model": "far"}).lines()
    assert lines[0] == {"status": "pulling manifest"} and lines[-1] == {"status": "success"}
    layer = [line for line in lines if line["status"].startswith("pulling ") and line.get("total") == 20000]
    assert len(layer) >= 3 and layer[-1]["completed"] == 20000 and len(layer[0]["digest"]) == 71
    assert chat(simulator, "far").status == 200
    assert simulator.call("DELETE", "/api/delete", body={"model": "far"}).status == 200
    assert chat(simulator, "far").status == 404
    missing = simulator.call("POST", "/api/pull", body={"model": "nowhere"}).lines()
    assert missing[-1] == {"error": "pull model manifest: file does not exist"}


# the journal


def test_the_journal_has_what_came(start):
    simulator = start()
    request = json.dumps(body(content="x" * 5000)).encode()
    simulator.call("POST", "/api/chat", [("X-Mine", "yes")], request)
    simulator.call("GET", "/api/tags?x=1")
    simulator.wait_for("answered", ">=", 2)
    chatted, listed = simulator.requests()
    assert (chatted["method"], chatted["path"], chatted["class"], chatted["model"]) == ("POST", "/api/chat", "chat", "a")
    assert chatted["body_bytes"] == len(request) and len(chatted["body"]) == 4096
    assert chatted["body_sha256"] == hashlib.sha256(request).hexdigest()
    assert ["X-Mine", "yes"] in chatted["headers"]
    assert chatted["outcome"] == "answered" and chatted["end"] >= chatted["start"] and chatted["status"] == 200
    assert listed["path"] == "/api/tags" and listed["class"] == "other"
    assert simulator.requests(path="/api/tags") == [listed]
    simulator.forget()
    assert simulator.requests() == [] and stats(simulator)["requests"] == 0


def test_control_requests_are_not_counted(start):
    simulator = start()
    for _ in range(3):
        stats(simulator)
    seen = stats(simulator)
    assert (seen["requests"], seen["connections"], seen["connections_open"]) == (0, 0, 0)


def test_a_client_that_leaves_in_the_middle_of_its_body(start):
    simulator = start()
    client = wire.Connection(simulator.port)
    client.send(b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    simulator.wait_for("reading", ">=", 1)
    client.close()
    simulator.wait_for("aborted_reading", ">=", 1)
    simulator.wait_for("connections_open", "<=", 0)


def test_many_clients_come_and_go(start):
    simulator = start(models=[model("a", tokens_per_second=50, answer_tokens=0, parallel=64)])

    def visit(leave_after):
        for _ in range(10):
            client = begin_chat(simulator)
            for _ in range(leave_after):
                client.socket.recv(200)
            client.close()

    visitors = [threading.Thread(target=visit, args=(i % 3,)) for i in range(20)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    simulator.wait_for("aborted", ">=", 200)
    simulator.wait_for("connections_open", "<=", 0)
    seen = stats(simulator)
    assert seen["chat_in_flight"] == seen["chat_running"] == seen["streaming"] == seen["queued"] == 0
