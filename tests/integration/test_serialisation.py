# SPDX-License-Identifier: MIT
"""One chat at a time, embeddings beside it, in the order of arrival."""
import contextlib
import json

from harness import wait

CHAT_MODELS = ("llama3.2:3b", "qwen3:8b", "gemma3:4b")
CHAT, EMBED = "llama3.2:3b", "nomic-embed-text:latest"


class Crowd:
    """Many requests at once, each on a connection of its own; nobody reads before all have asked."""

    def __init__(self, foreman):
        self.foreman, self.stack, self.connections = foreman, contextlib.ExitStack(), []

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return self.stack.__exit__(*exception)

    def ask(self, path, body):
        connection = self.stack.enter_context(self.foreman.connect(timeout=120))
        connection.request("POST", path, body=body)
        self.connections.append(connection)

    def answers(self):
        return [connection.answer() for connection in self.connections]


def test_chats_one_by_one_and_embeds_beside_them(foreman, simulator):
    simulator.hold("prefill")
    with Crowd(foreman) as chats, Crowd(foreman) as embeds:
        for number in range(50):
            chats.ask("/api/chat", simulator.chat(CHAT_MODELS[number % 3], stream=bool(number % 2)))
            embeds.ask("/api/embed", {"model": EMBED, "input": f"text {number}"})
        simulator.wait_for("embed_in_flight", "==", 50)
        wait.until(lambda: foreman.gate()["waiting"] == 49, what="49 chats wait")
        assert simulator.metric("chat_in_flight") == 1
        simulator.open("prefill")
        answers = chats.answers()
        assert [answer.status for answer in answers + embeds.answers()] == [200] * 100
        assert all(answer.lines()[-1]["done"] for answer in answers)
    assert simulator.metric("chat_in_flight_max") == 1
    assert simulator.metric("embed_in_flight_max") == 50
    gate = foreman.gate()
    assert (gate["running"], gate["waiting"]) == (0, 0)


def test_every_inference_route_shares_the_one_place(foreman, simulator):
    messages = [{"role": "user", "content": "Hello"}]
    simulator.hold("prefill")
    requests = [
        ("/api/chat", simulator.chat(CHAT)),
        ("/api/generate", {"model": CHAT, "prompt": "Hello"}),
        ("/v1/chat/completions", {"model": CHAT, "messages": messages}),
        ("/v1/completions", {"model": CHAT, "prompt": "Hello"}),
        ("/v1/responses", {"model": CHAT, "input": "Hello"}),
        ("/v1/messages", {"model": CHAT, "messages": messages, "max_tokens": 8}),
    ]
    with Crowd(foreman) as crowd:
        for path, body in requests:
            crowd.ask(path, body)
        wait.until(lambda: foreman.gate()["waiting"] == len(requests) - 1, what="all but one wait")
        simulator.open("prefill")
        answers = crowd.answers()
    assert [answer.status for answer in answers] == [200] * len(requests)
    assert simulator.metric("chat_in_flight_max") == 1
    assert all(float(answer.header("x-foreman-queue-seconds")) >= 0 for answer in answers)


def test_first_come_first_served(foreman, simulator):
    simulator.hold("prefill")
    with Crowd(foreman) as crowd:
        for number in range(8):
            crowd.ask("/api/chat", simulator.chat(CHAT, content=f"number {number}"))
            wait.until(lambda: sum(foreman.gate()[key] for key in ("running", "waiting")) == number + 1,
                       what=f"request {number} is at the gate")
        simulator.open("prefill")
        crowd.answers()
    served = [json.loads(request["body"])["messages"][-1]["content"] for request in simulator.requests("/api/chat")]
    assert served == [f"number {number}" for number in range(8)]


def test_a_model_with_a_capacity_of_its_own(start_foreman, start_simulator):
    simulator = start_simulator(parallel=4)
    foreman = start_foreman(simulator, capacity=f"1,{CHAT}=4")
    simulator.hold("prefill")
    with Crowd(foreman) as crowd:
        for _ in range(6):
            crowd.ask("/api/chat", simulator.chat(CHAT))
        for _ in range(2):
            crowd.ask("/api/chat", simulator.chat("qwen3:8b"))
        simulator.wait_for("chat_in_flight", "==", 4)
        wait.until(lambda: foreman.gate()["waiting"] == 4, what="the others wait")
        simulator.open("prefill")
        assert [answer.status for answer in crowd.answers()] == [200] * 8
    assert simulator.metric("chat_in_flight_max") == 4


def test_cloud_models_and_unloads_pass_by(foreman, simulator):
    simulator.hold("prefill")
    with foreman.connect() as busy:
        busy.request("POST", "/api/chat", body=simulator.chat(CHAT))
        wait.until(lambda: foreman.gate()["running"] == 1, what="a chat runs")
        unload = foreman.call("POST", "/api/generate", body={"model": "qwen3:8b", "keep_alive": 0})
        assert unload.json()["done_reason"] == "unload"
        cloud = foreman.call("POST", "/api/chat", body=simulator.chat("gpt-oss:120b-cloud"))
        assert cloud.status != 404
        simulator.open("prefill")
        assert busy.answer().status == 200


def test_what_does_not_infer_does_not_wait(foreman, simulator):
    """Lists, show and health answer while the box is busy."""
    simulator.hold("prefill")
    with foreman.connect() as busy:
        busy.request("POST", "/api/chat", body=simulator.chat(CHAT))
        wait.until(lambda: foreman.gate()["running"] == 1, what="a chat runs")
        for method, path, body in [
            ("GET", "/api/tags", None), ("GET", "/api/ps", None), ("GET", "/healthz", None), ("GET", "/status", None),
            ("POST", "/api/show", {"model": CHAT}), ("HEAD", "/", None), ("GET", "/api/version", None),
        ]:
            assert foreman.call(method, path, body=body, timeout=5).status == 200, path
        simulator.open("prefill")
        assert busy.answer().status == 200
