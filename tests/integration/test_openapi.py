# SPDX-License-Identifier: MIT
"""data/openapi.yaml says what the service does: its routes are the router's, its answers are as described."""
import pathlib
import re
import subprocess
import sys

import pytest
import yaml

from harness import jobs

ROOT = pathlib.Path(__file__).resolve().parents[2]
DESCRIPTION = ROOT / "data" / "openapi.yaml"
ROUTER = ROOT / "src" / "http" / "foreman-router.c"
NO_JOB = "01J00000000000000000000000"
ROUTE = re.compile(r'\{\s*"([^"]+)",\s*"([^"]*)",\s*(FOREMAN_SCOPE_\w+),\s*FOREMAN_ROUTE_OWN,')

CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance",
]


def read_description():
    return yaml.safe_load(DESCRIPTION.read_text())


def operations(description):
    """(METHOD, path) of every operation."""
    return {
        (method.upper(), path)
        for path, item in description["paths"].items() for method in item if method != "parameters"
    }


def test_routes_are_those_of_the_router():
    table = {
        (method, path)
        for path, methods, _ in ROUTE.findall(ROUTER.read_text()) for method in methods.split()
    }
    assert len(table) > 30, "the router's table was not found"
    described = operations(read_description())
    # HEAD goes with GET and is not described apart.
    assert described == {(method, path) for method, path in table if method != "HEAD"}
    assert {path for method, path in table if method == "HEAD"} <= {path for method, path in described if method == "GET"}


def test_operations_have_names_and_refusals():
    description = read_description()
    names = [operation["operationId"] for item in description["paths"].values() for key, operation in item.items() if key != "parameters"]
    assert len(names) == len(set(names))
    open_to_all = set(re.findall(r'\{ "([^"]+)", "[^"]*", FOREMAN_SCOPE_NONE,', ROUTER.read_text()))
    for path, item in description["paths"].items():
        for key, operation in item.items():
            if key != "parameters":
                assert {"401", "403"} <= set(operation["responses"]) or path in open_to_all, path


def test_references_lead_somewhere():
    description = read_description()

    def walk(node):
        if isinstance(node, dict):
            if "$ref" in node:
                target = description
                for part in node["$ref"].removeprefix("#/").split("/"):
                    target = target[part]
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(description)


def describe_for(foreman, folder):
    """A copy of the description whose ids are those of jobs that exist, so that more than 404 is met."""
    description = read_description()
    done = jobs.submit(foreman, group="night", labels={"a": "b"})
    jobs.finish(foreman, done)
    waiting = jobs.submit(foreman, run_at="2999-01-01T00:00:00Z")
    components = description["components"]
    components["parameters"]["Id"]["schema"] = {"enum": [done, waiting, NO_JOB]}
    components["parameters"]["Group"]["schema"] = {"enum": ["night", "other"]}
    components["schemas"]["ModelName"] = {"enum": [jobs.MODEL, "nomic-embed-text", "none"]}
    description["paths"]["/groups/{group}"]["parameters"][0]["schema"] = {"enum": ["night", "other"]}
    for parameter in description["paths"]["/jobs/{id}"]["get"]["parameters"]:
        if parameter["name"] == "wait":
            parameter["schema"] = {"enum": ["0", "10ms"]}
    for parameter in description["paths"]["/jobs/{id}/artifacts/{name}"]["parameters"]:
        if parameter.get("name") == "name":
            parameter["schema"] = {"enum": ["completion", "partial"]}
    path = folder / "openapi.yaml"
    path.write_text(yaml.safe_dump(description))
    return path


# Events do not end, and a pause changes what all else answers.
@pytest.mark.parametrize("choice", [
    ["--exclude-path", "/events", "--exclude-path", "/jobs/{id}/events", "--exclude-path", "/pause"],
    ["--include-path", "/pause", "--include-path", "/resume"],
], ids=["jobs", "pause"])
def test_answers_are_as_described(foreman, tmp_path, choice):
    description = describe_for(foreman, tmp_path)
    run = subprocess.run(
        [
            pathlib.Path(sys.executable).with_name("st"), "run", description, "--url", foreman.url, "--checks", ",".join(CHECKS),
            "--phases", "examples,coverage,fuzzing", "--max-examples", "12", "--seed", "1", "--generation-deterministic",
            "--no-color", "--request-timeout", "30", *choice,
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=280,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert re.search(r"\b[1-9]\d* passed", run.stdout), run.stdout[-2000:]
