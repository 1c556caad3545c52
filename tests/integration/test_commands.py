# SPDX-License-Identifier: MIT
"""foreman submit, wait, results, jobs, ps, pause, resume and login, against a running service."""
import http.server
import json
import re
import signal
import stat
import subprocess
import threading

import pytest

from harness import wait
from harness.command import Commands
from harness.foreman import ROOT
from harness.tokens import tokens_file

CHAT, EMBED = "llama3.2:3b", "nomic-embed-text"
SHORT = ("-o", "num_predict=5")
ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
NOBODY = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
DETACHED = 130


@pytest.fixture(scope="module")
def commands(shared, tmp_path_factory):
    """Commands for the foreman that the tests of this module share."""
    return Commands(tmp_path_factory.mktemp("commands"), shared[1])


@pytest.fixture
def group(request):
    """A group that no other test has."""
    return request.node.name


@pytest.fixture
def own(foreman, tmp_path):
    """Commands for a foreman of this test's own."""
    return Commands(tmp_path / "commands", foreman)


def submit(commands, *arguments, **options):
    """The id of a job that was submitted."""
    job = commands.run("submit", *arguments, **options).out.strip()
    assert ULID.fullmatch(job)
    return job


def rest_of(child):
    """What a child of which some output was read still prints, before it ends well."""
    out, err = child.stdout.read(), child.stderr.read()
    assert child.wait(timeout=30) == 0, err
    return out


def request_of(foreman, job):
    return foreman.get(f"/jobs/{job}/request")


def texts(group, count):
    return "".join(f'{{"model": "{CHAT}", "messages": [{{"role": "user", "content": "{group} {i}"}}], '
                   f'"options": {{"num_predict": 2}}}}\n' for i in range(count))


# submit

def test_a_prompt_becomes_a_chat(shared, commands, group):
    job = submit(commands, CHAT, "Why is", "the sky blue?", "-o", "num_ctx=8192", "-o", "temperature=0.1", "-o",
                 "num_predict=2", "--system", "Be short", "--format", "json", "-g", group, "--priority", -5, "--label",
                 "a=b", "--max-attempts", 7)
    assert request_of(shared[1], job) == {
        "model": CHAT,
        "messages": [{"role": "system", "content": "Be short"}, {"role": "user", "content": "Why is the sky blue?"}],
        "format": "json", "options": {"num_ctx": 8192, "temperature": 0.1, "num_predict": 2},
    }
    shown = commands.run("jobs", job, "--json").json[0]
    assert (shown["group"], shown["priority"], shown["labels"], shown["max_attempts"]) == (group, -5, {"a": "b"}, 7)


def test_stdin_is_prompt_text(shared, commands):
    job = submit(commands, CHAT, "in one word", *SHORT, input="What is this?\n")
    assert request_of(shared[1], job)["messages"][0]["content"] == "What is this?\n in one word"
    assert request_of(shared[1], submit(commands, CHAT, *SHORT, input="Hello"))["messages"][0]["content"] == "Hello"


@pytest.mark.parametrize("arguments", [("--", CHAT, "-5 plus 3?"), (CHAT, "--", "-5", "plus 3?")])
def test_a_prompt_may_look_like_an_option(shared, commands, arguments):
    job = submit(commands, *SHORT, *arguments)
    assert request_of(shared[1], job)["messages"][0]["content"] == "-5 plus 3?"


def test_pictures_go_along(shared, commands):
    (commands.folder / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    job = submit(commands, "gemma3:4b", "What is it?", "--image", "a.png", *SHORT)
    assert request_of(shared[1], job)["messages"][0]["images"] == ["iVBORw0KGgo="]


def test_a_request_goes_as_it_was_written(shared, commands, group):
    written = '{"model": "%s", "prompt": "x",  "options": {"num_predict": 2, "seed": 1e2}, "raw":true }' % CHAT
    (commands.folder / "request.json").write_text(written)
    job = submit(commands, "-f", "request.json", "--endpoint", "/api/generate", "-g", group)
    assert shared[1].call("GET", f"/jobs/{job}/request").body.decode().rstrip("}").rstrip() == written.rstrip("}").rstrip()
    assert commands.run("jobs", job, "--json").json[0]["endpoint"] == "/api/generate"


def test_an_answer_can_be_waited_for(commands):
    answer = commands.run("submit", CHAT, "Hello", *SHORT, "--wait")
    assert len(answer.out.split()) == 5
    job = commands.run("submit", CHAT, "Hello", *SHORT, "--wait", "--json").json[0]
    assert job["state"] == "done" and job["result"]["message"]["content"] + "\n" == answer.out
    assert commands.run("jobs", "output", job["job_id"]).out == answer.out


def test_an_embedding_is_printed_as_it_is(shared, commands):
    printed = commands.run("submit", EMBED, "Hello", "--endpoint", "/api/embed", "--wait", "--json").json[0]
    raw = shared[1].call("GET", f"/jobs/{printed['job_id']}/artifacts/completion").body
    assert commands.run("jobs", "output", printed["job_id"]).out.encode().strip() == raw.strip()


def test_a_job_that_fails_is_told(commands, shared):
    simulator, _ = shared
    simulator.fault("status", status=400, message="invalid format: x")
    failed = commands.run("submit", CHAT, "Hello", "--wait", code=1)
    assert failed.out == "" and "is failed: " in failed.err and "invalid format" in failed.err


def test_text_is_printed_as_it_is_written(own, simulator, foreman):
    simulator.hold("tokens")
    child = own.start("submit", CHAT, "Hello", *SHORT, "--follow", stdin=subprocess.DEVNULL)
    simulator.wait_for("held", "==", 1)
    simulator.let("tokens", 2)
    first = child.stdout.read(1)
    assert foreman.get("/jobs")["jobs"][0]["state"] == "working"
    simulator.open("tokens")
    text = first + rest_of(child)
    assert len(text.split()) == 5
    assert own.run("jobs", "output", foreman.get("/jobs")["jobs"][0]["job_id"]).out == text


def test_ctrl_c_leaves_the_job_alone(own, simulator, foreman):
    simulator.hold("tokens")
    child = own.start("submit", CHAT, "Hello", *SHORT, "--wait", stdin=subprocess.DEVNULL)
    simulator.wait_for("held", "==", 1)
    wait.until(lambda: foreman.status()["counters"]["connections"] > 1, what="the command listens")
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert child.returncode == DETACHED and "goes on" in err and out == ""
    job = ULID.search(err)[0]
    simulator.open("tokens")
    assert own.run("wait", job).out == f"{job}  done\n"


def test_following_survives_a_restart(start_foreman, simulator, tmp_path):
    foreman = start_foreman(simulator)
    commands = Commands(tmp_path / "commands", foreman)
    simulator.hold("tokens")
    child = commands.start("submit", CHAT, "Hello", *SHORT, "--follow", stdin=subprocess.DEVNULL)
    simulator.wait_for("held", "==", 1)
    simulator.let("tokens", 2)
    first = child.stdout.read(1)
    foreman.signal(signal.SIGKILL)
    foreman.wait()
    simulator.open("tokens")
    again = start_foreman(simulator, addr=f"127.0.0.1:{foreman.port}", db=foreman.folder / "state" / "foreman.db")
    out = first + rest_of(child)
    done = again.get(f"/jobs/{again.get('/jobs')['jobs'][0]['job_id']}")
    assert out.endswith(done["result"]["message"]["content"] + "\n")


class Dying(http.server.BaseHTTPRequestHandler):
    """A foreman with one job, that dies while it counts the second time, and is there again at once."""

    def do_GET(self):
        if self.path == "/events":
            event = {"job_id": NOBODY, "state": "working", "group": "g"}
            self.answer("text/event-stream", f"\n\nevent: state\ndata: {json.dumps(event)}\n\n")
            self.server.over.wait(30)
            return
        self.server.counted += 1
        if self.server.counted != 2:
            left = self.server.counted < 3
            group = {"group": "g", "counts": {"queued": left + 0, "done": 1 - left}, "total": 1, "left": left + 0}
            self.answer("application/json", json.dumps({"groups": [group]}))

    def answer(self, content_type, text):
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.end_headers()
        self.wfile.write(text.encode())
        self.wfile.flush()

    def log_message(self, *_):
        pass


def test_waiting_survives_a_death_while_it_counts(tmp_path):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Dying) as server:
        server.counted, server.over = 0, threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        commands = Commands(tmp_path, FOREMAN_URL=f"http://127.0.0.1:{server.server_port}")
        try:
            assert commands.run("wait", "g").out == "g  1 done\n"
        finally:
            server.over.set()
            server.shutdown()
    assert server.counted == 3


def test_the_manual_knows_every_option(commands):
    manual = (ROOT / "data" / "man" / "foreman.1").read_text().replace("\\-", "-")
    for command in ("submit", "wait", "results", "jobs", "ps", "pause", "resume", "login"):
        options = set(re.findall(r"--[a-z][a-z-]*", commands.run(command, "--help").out))
        assert len(options) > 3
        assert not {option for option in options if option not in manual}, command


# Many at once.

def test_a_batch_again_submits_nothing_twice(commands, group):
    batch = texts(group, 30) + texts(group, 2)  # two prompts are there twice, and meant so
    first = commands.run("submit", "--batch", "-", "-g", group, input=batch)
    again = commands.run("submit", "--batch", "-", "-g", group, input=batch)
    longer = commands.run("submit", "--batch", "-", "-g", group, input=batch + texts(group + " more", 3))
    assert len(set(first.lines)) == 32 and first.lines == again.lines
    assert longer.lines[:32] == first.lines and len(set(longer.lines)) == 35
    assert "32 jobs" in first.err
    other = commands.run("submit", "--batch", "-", "-g", group + "-2", input=batch)
    assert not set(other.lines) & set(first.lines)


def test_more_than_one_request_carries(commands, group):
    (commands.folder / "lines").write_text("".join(f"{group} {i}\n" for i in range(2500)))
    ids = commands.run("submit", "--each", "lines", "-g", group, "--delay", "1h", CHAT, "Say {}").lines
    assert len(set(ids)) == 2500 and ids == sorted(ids)
    assert commands.run("jobs", "cancel", "-g", group).out == "2500 jobs cancelled\n"


def test_every_line_fills_the_template(shared, commands, group):
    (commands.folder / "people").write_text('{"name": "Ada", "age": 36}\n\n{"name": "Alan"}\n')
    told = commands.run("submit", "--each", "people", "--template", "{name} is {age}", "-g", group, *SHORT, CHAT, code=1)
    assert len(told.lines) == 1 and "line 3" in told.err and '"age"' in told.err
    assert request_of(shared[1], told.lines[0])["messages"][0]["content"] == "Ada is 36"


def test_lines_that_are_no_requests_are_named(commands, group):
    lines = texts(group, 1) + "nonsense\n\n" + '{"model": "no-such-model", "messages": []}\n' + '{"messages": []}\n'
    told = commands.run("submit", "--batch", "-", "-g", group, "--json", input=lines, code=1)
    assert [(reply["line"], reply.get("code")) for reply in told.json] == [
        (1, None), (2, "invalid_request"), (4, "not_found"), (5, "invalid_request"),
    ]


def test_openais_batches_are_taken(commands, group):
    line = {"custom_id": "first", "method": "POST", "url": "/v1/chat/completions",
            "body": {"model": CHAT, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 2}}
    commands.run("submit", "--batch", "-", "-g", group, "--wait", input=json.dumps(line))
    result = commands.run("results", group).json[0]
    assert result["custom_id"] == "first" and result["response"]["body"]["object"] == "chat.completion"


def test_a_night_is_two_commands(commands, group):
    (commands.folder / "prompts").write_text("".join(f"prompt {i}\n" for i in range(40)))
    waited = commands.run("submit", "--each", "prompts", "-g", group, *SHORT, "--wait", CHAT)
    assert len(waited.lines) == 40 and all(line.endswith("  done") for line in waited.lines)
    assert commands.run("wait", group).out == f"{group}  40 done\n"
    commands.run("results", group, "-o", "out.jsonl")
    whole = (commands.folder / "out.jsonl").read_bytes()
    assert [json.loads(line)["id"] for line in whole.splitlines()] == [line.split()[0] for line in waited.lines]
    (commands.folder / "out.jsonl").write_bytes(whole[:len(whole) * 2 // 3])
    commands.run("results", group, "-o", "out.jsonl")
    assert (commands.folder / "out.jsonl").read_bytes() == whole
    assert "0 results" in commands.run("results", group, "-o", "out.jsonl").err
    assert (commands.folder / "out.jsonl").read_bytes() == whole
    assert len(commands.run("results", group, "--text").lines) == 40


def test_results_of_a_group_that_is_not_over_say_so(own, simulator, group):
    done = submit(own, CHAT, "one", "-g", group, *SHORT)
    own.run("wait", done)
    simulator.hold("tokens")
    job = submit(own, CHAT, "two", "-g", group, *SHORT)
    first = own.run("results", group, "-o", "out.jsonl")
    assert "not over" in first.err
    assert len((own.folder / "out.jsonl").read_text().splitlines()) == 1
    refused = own.run("results", group, "-o", "other.jsonl", "--state", "done", code=1)
    assert "not over" in refused.err and not (own.folder / "other.jsonl").exists()
    simulator.open("tokens")
    own.run("wait", job)
    assert "not over" not in own.run("results", group, "-o", "out.jsonl").err
    assert len((own.folder / "out.jsonl").read_text().splitlines()) == 2


def test_errors_in_a_file_are_told_of(own, simulator):
    (own.folder / "prompts").write_text("one\ntwo\n")
    simulator.fault("status", status=400, message="invalid format: x")
    told = own.run("submit", "--each", "prompts", "-g", "two words", *SHORT, CHAT)
    assert "\"foreman wait 'two words'\" waits" in told.err
    own.run("wait", "two words", code=1)
    told = own.run("results", "two words", "-o", "out.jsonl")
    assert "2 results" in told.err and "errors among them: 1; " in told.err and "--group 'two words'" in told.err


def test_a_file_of_something_else_is_left_alone(commands, group):
    commands.run("submit", CHAT, "one", "-g", group, *SHORT, "--wait")
    (commands.folder / "letter").write_text("Dear all,")
    assert "not touched" in commands.run("results", group, "-o", "letter", code=1).err
    assert (commands.folder / "letter").read_text() == "Dear all,"


# wait

def test_waiting_has_an_end(own, simulator, group):
    simulator.hold("tokens")
    job = submit(own, CHAT, "Hello", "-g", group)
    late = own.run("wait", group, "--timeout", "100ms", code=4)
    assert "the time is over" in late.err and late.out == ""
    own.run("jobs", "cancel", job)
    assert own.run("wait", job, group, code=1).lines == [f"{job}  cancelled", f"{group}  1 cancelled"]
    assert own.run("wait", job, "--json", code=1).json == [{"job_id": job, "state": "cancelled"}]


def test_waiting_for_nothing_is_an_error(commands):
    assert "no-such-group" in commands.run("wait", "no-such-group", code=3).err
    assert NOBODY in commands.run("wait", NOBODY, code=3).err
    commands.run("wait", code=2)
    commands.run("wait", "x", "--timeout", "soon", code=2)


# jobs

def test_jobs_are_listed(commands, group):
    ids = [submit(commands, CHAT, f"Hello {i}", "-g", group, "--delay", "1h") for i in range(3)]
    listed = commands.run("jobs", "-g", group)
    assert listed.lines[0].split() == ["ID", "STATE", "MODEL", "GROUP", "TOKENS", "CREATED", "NOTE"]
    assert [line.split()[0] for line in listed.lines[1:]] == ids[::-1]
    assert [job["job_id"] for job in commands.run("jobs", "-g", group, "--json").json] == ids[::-1]
    assert len(commands.run("jobs", "-g", group, "-n", 2, "--no-header").lines) == 2
    assert commands.run("jobs", "-g", group, "--state", "done", "--no-header").out == ""
    assert commands.run("jobs", ids[0]).lines[:2] == [f"id            {ids[0]}", "state         scheduled"]
    commands.run("jobs", "--state", "nonsense", code=2)
    commands.run("jobs", NOBODY, code=3)


def test_jobs_are_cancelled_tried_again_and_removed(commands, group):
    ids = [submit(commands, CHAT, f"Hello {i}", "-g", group, "--delay", "1h", "--label", "a=b") for i in range(3)]
    assert commands.run("jobs", "cancel", ids[0]).out == f"{ids[0]} cancelled\n"
    commands.run("jobs", "cancel", ids[0], code=1)
    assert commands.run("jobs", "cancel", "--label", "a=b", "-g", group, "--dry-run").out == "2 jobs would be cancelled\n"
    assert commands.run("jobs", "cancel", "-g", group).out == "2 jobs cancelled\n"
    assert commands.run("jobs", "retry", ids[1]).out == f"{ids[1]} queued again\n"
    commands.run("wait", ids[1])
    assert commands.run("jobs", "purge", ids[0]).out == f"{ids[0]} removed\n"
    assert commands.run("jobs", "purge", "-g", group, "--json").json == [{"count": 2}]
    assert commands.run("jobs", "-g", group, "--json").out == ""


@pytest.mark.parametrize("arguments", [
    ("cancel",), ("cancel", NOBODY, "--all"), ("cancel", "--all", "-g", "x"), ("cancel", NOBODY, "--dry-run"),
    ("output", "-g", "x"), ("--all",), (NOBODY, "--watch"), ("--limit", "-1"), ("--color", "sometimes"),
])
def test_what_is_not_meant_is_refused(commands, arguments):
    told = commands.run("jobs", *arguments, code=2)
    assert len(told.err.splitlines()) == 1 and "--help" in told.err


def test_what_happens_can_be_watched(own):
    child = own.start("jobs", "--watch", "--json")
    assert json.loads(child.stdout.readline()) == {"event": "open"}
    job = submit(own, CHAT, "Hello", *SHORT)
    states = []
    while "done" not in states:
        event = json.loads(child.stdout.readline())
        if event["event"] == "state" and event["job_id"] == job:
            states.append(event["state"])
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=30)
    assert child.returncode == DETACHED and states[-1] == "done"


# ps, pause, resume

def test_ps_tells_what_goes_on(own, simulator, foreman, group):
    assert "Nothing runs" in own.run("ps").out
    own.run("submit", CHAT, "Hello", *SHORT, "--wait")
    simulator.hold("tokens")
    job = submit(own, CHAT, "Hello", "-g", group)
    wait.until(lambda: foreman.get(f"/jobs/{job}")["state"] in ("loading", "working"), what="it runs")
    lines = own.run("ps").lines
    assert lines[0].split() == ["NAME", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL"]
    assert lines[1].startswith(CHAT) and "100% CPU" in lines[1]
    assert any(line.split()[:4] == ["running", "job", CHAT, "local"] and job in line for line in lines)
    assert own.run("ps", "--json").json[0]["running_jobs"][0]["job_id"] == job
    waiting = submit(own, CHAT, "Hello", "-g", group)
    wait.until(lambda: foreman.get("/status")["gate"]["waiting"], what="one waits")
    assert any(line.split()[:4] == ["waiting", "job", CHAT, "local"] for line in own.run("ps").lines)
    own.run("jobs", "cancel", waiting)
    own.run("jobs", "cancel", job)


def test_ps_tells_that_ollama_is_away(own, simulator, foreman):
    simulator.fault("refuse")
    wait.until(lambda: foreman.call("POST", "/api/chat", [], {"model": CHAT}).status == 502, what="it is noticed")
    assert "Degraded: Ollama at" in own.run("ps").out


def test_a_pause_holds_jobs(own, group):
    assert own.run("pause", "--for", "3h").out.startswith("Jobs are paused; chats are served, until ")
    job = submit(own, CHAT, "Hello", "-g", group, *SHORT)
    assert own.run("jobs", job, "--json").json[0]["state"] == "queued"
    assert "Jobs are paused" in own.run("ps").out
    assert own.run("resume").out == "Not paused.\n"
    own.run("wait", job)
    assert own.run("pause", "--all", "--json").json == [{"scope": "all", "until": None}]
    assert own.run("resume", "--json").json == [{"scope": "none", "until": None}]
    own.run("pause", "--for", "3h", "--until", "07:00", code=2)
    own.run("pause", "--for", "soon", code=2)


# login

def test_a_login_is_kept(start_foreman, simulator, tmp_path):
    foreman = start_foreman(
        simulator, tokens_file=tokens_file(tmp_path, laptop="inference,jobs", guest="inference"), polled=False)
    commands = Commands(tmp_path / "commands")
    saved = commands.folder / "config" / "foreman" / "login"
    assert "login" in Commands(tmp_path / "stranger", foreman).run("jobs", code=5).err
    assert "Saved" not in commands.run("login", foreman.url, input="wrong\n", code=5).err and not saved.exists()
    assert "Saved" in commands.run("login", foreman.url, input="laptop\n").err
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    commands.run("jobs")
    commands.run("pause", code=5)
    assert "scope jobs" in commands.run("login", foreman.url, input="guest\n").err
    commands.run("jobs", code=5)


def test_a_token_is_typed_unseen(start_foreman, simulator, tmp_path):
    foreman = start_foreman(simulator, tokens_file=tokens_file(tmp_path, laptop="inference,jobs"), polled=False)
    commands = Commands(tmp_path / "commands")
    shown = commands.on_terminal("login", foreman.url, until="Token", then="laptop\n").out
    assert "Saved" in shown and "laptop" not in shown
    commands.run("jobs")
    commands.on_terminal("login", foreman.url, until="Token", then="\x03", code=DETACHED)


@pytest.mark.parametrize("url, code", [
    ("http://127.0.0.1:1", 6), ("http://no-such-host.invalid", 6), ("unix:/nowhere", 6), ("ftp://x", 2), ("x", 2),
])
def test_who_is_not_there_is_told(tmp_path, url, code):
    for arguments in (("jobs",), ("submit", CHAT, "Hello"), ("wait", NOBODY), ("login", url)):
        told = Commands(tmp_path, FOREMAN_URL=url).run(*arguments, code=code)
        assert len(told.err.splitlines()) == 1 and told.out == ""


def test_what_is_no_foreman_is_told(simulator, tmp_path):
    told = Commands(tmp_path, FOREMAN_URL=simulator.url).run("jobs", code=3)
    assert "is it a foreman?" in told.err


def test_a_socket_will_do(start_foreman, simulator, tmp_path):
    start_foreman(simulator, addr=f"127.0.0.1:0,unix:{tmp_path}/socket")
    commands = Commands(tmp_path / "commands", FOREMAN_URL=f"unix:{tmp_path}/socket")
    assert commands.run("submit", CHAT, "Hello", *SHORT, "--wait").out


# On a terminal.

@pytest.mark.parametrize("columns", [40, 80, 120])
def test_tables_fit_the_terminal(commands, group, columns):
    submit(commands, CHAT, "Hello", "-g", group, "--delay", "1h", "--if-missing", "wait")
    shown = commands.on_terminal("jobs", columns=columns, until=None).lines
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in shown]
    assert len(plain) > 1 and all(len(line) <= columns for line in plain)


def test_colour_is_asked_for(commands, group):
    commands.run("submit", CHAT, "Hello", "-g", group, *SHORT, "--wait")
    assert "\x1b[32mdone" in commands.run("jobs", "-g", group, "--color", "always").out
    assert "\x1b" not in commands.run("jobs", "-g", group).out
    assert "\x1b[32mdone" in commands.on_terminal("jobs", "-g", group).out
    assert "\x1b[3" not in commands.on_terminal("jobs", "-g", group, "--color", "never").out


def test_a_bar_shows_how_far_it_is(commands, group):
    (commands.folder / "many").write_text("".join(f"{group} {i}\n" for i in range(200)))
    shown = commands.on_terminal("submit", "--each", "many", "-g", group, *SHORT, "--wait", CHAT, "Say {}").out
    assert "▕" in shown and "of 200" in shown and "200 jobs" in shown


def test_ctrl_c_on_a_terminal_detaches(own, simulator, group):
    simulator.hold("tokens")
    submit(own, CHAT, "Hello", "-g", group)
    shown = own.on_terminal("wait", group, until="0 of 1", then="\x03", code=DETACHED).out
    assert "the jobs go on" in shown
    simulator.open("tokens")
