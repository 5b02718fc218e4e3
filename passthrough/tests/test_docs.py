"""The callers' documents say what the code does: tables, requests, blueprint, examples."""

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from outbox import signing
from passthrough.call_reading import CLIENTS, LONGEST_WAIT
from passthrough.contract import ErrorCode, error_body, success_body
from passthrough.error_tables import DOCS, TABLES, filled
from passthrough.requests import accept
from passthrough.tests.test_contract import NOON
from qbwc.qbxml.status_codes import HRESULTS, QBWC_CODES, STATUS_CODES

DOCUMENTS = sorted(DOCS.glob("*.md"))
EXAMPLES = DOCS / "examples"
MARK = re.compile(r"<!-- (\w+) -->")


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(language: str) -> Iterator[tuple[str, str]]:
    for path in DOCUMENTS:
        for found in re.finditer(
            rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        ):
            yield path.name, found[1]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.name))
def test_every_table_is_as_the_code_has_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == filled(text), "run: python -m passthrough.error_tables"


def test_every_table_is_in_a_document() -> None:
    found = [name for path in DOCUMENTS for name in MARK.findall(path.read_text(encoding="utf-8"))]
    assert set(found) == set(TABLES)


def test_the_documents_name_every_code_that_a_caller_can_get() -> None:
    codes = text_of("errors.md")
    assert all(f"| {code} |" in codes for code in (*HRESULTS, *STATUS_CODES, *(f"QBWC{code}" for code in QBWC_CODES)))
    assert all(f"| `{code}` |" in codes for code in ErrorCode)
    assert all(f"| `{code}` |" in text_of("README.md") for code in ErrorCode)
    assert all(f"| `{code}` |" in text_of("make.md") for code in ErrorCode)


def test_the_answers_in_the_documents_have_the_fields_of_the_code() -> None:
    success, error = (json.loads(text) for name, text in blocks("json") if name == "README.md")
    assert list(success) == list(success_body("", "", "", 0, 0, 0))
    made = error_body(
        ErrorCode.QB_ERROR,
        transaction_id="tx-0f6e…",
        timestamp=NOON,
        qb_error_code="3100",
        qb_error_message='The name "Bob" is already in use.',
        qb_response=success["qb_response"],
    )
    assert error == made


def test_the_requests_in_the_documents_are_accepted() -> None:
    found = [accept(text, limit_bytes=10_000) for _, text in blocks("xml")]
    assert len(found) == 1


def test_the_documents_give_the_waits_of_the_code() -> None:
    readme = text_of("README.md")
    assert all(f"`{client}` {seconds:.0f} s" in readme for client, seconds in CLIENTS.items())
    assert f"0 to {LONGEST_WAIT}" in readme


def test_every_link_between_the_documents_leads_somewhere() -> None:
    for path in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def blueprint() -> dict[str, Any]:
    found = json.loads(text_of("make-blueprint.json"))
    assert isinstance(found, dict)
    return found


def modules(flow: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every module, each before those that come after it."""
    for module in flow:
        yield module
        yield from modules(module.get("onerror", []))
        for route in module.get("routes", []):
            yield from modules(route["flow"])


def test_the_blueprint_has_the_shape_that_make_imports() -> None:
    found = blueprint()
    assert set(found) == {"name", "flow", "metadata"}
    assert found["metadata"]["version"] == 1
    assert found["metadata"]["scenario"]["dlq"] is True  # incomplete executions are stored, or Break keeps nothing
    numbers = [module["id"] for module in modules(found["flow"])]
    assert len(numbers) == len(set(numbers))
    for module in modules(found["flow"]):
        assert re.fullmatch(r"[a-z]+:[A-Za-z0-9]+", module["module"])
        assert isinstance(module["version"], int)
        assert set(module["metadata"]["designer"]) == {"x", "y", "name"}


def test_the_blueprint_maps_only_from_modules_that_ran_before() -> None:
    known: set[int] = set()
    for module in modules(blueprint()["flow"]):
        texts = json.dumps([module.get("mapper"), module.get("filter")])
        assert {int(number) for number in re.findall(r"\{\{(?:\w+\()?(\d+)\.", texts)} <= known, module["id"]
        known.add(module["id"])


def sent_by_blueprint() -> list[dict[str, Any]]:
    found = [module for module in modules(blueprint()["flow"]) if module["module"] == "http:ActionSendData"]
    return [module["mapper"] for module in found]


def test_the_blueprint_sends_qbxml_that_is_accepted_and_always_the_same_key() -> None:
    posts = [mapper for mapper in sent_by_blueprint() if mapper["method"] == "post"]
    assert len(posts) == 2
    headers = [{header["name"]: header["value"] for header in mapper["headers"]} for mapper in posts]
    assert headers[0] == headers[1]
    assert headers[0]["X-Idempotency-Key"] == "make-customer-{{1.id}}"
    accepted = [accept(mapper["data"].replace("{{escapeHTML(1.name)}}", "A"), limit_bytes=10_000) for mapper in posts]
    assert accepted[0] == accepted[1]
    assert accepted[0].names == ("CustomerAddRq",)


def test_the_blueprint_never_posts_again_what_is_pending() -> None:
    router = next(module for module in modules(blueprint()["flow"]) if module["module"] == "builtin:BasicRouter")
    pending = next(route["flow"] for route in router["routes"] if route["flow"][0]["filter"]["name"] == "Pending")
    methods = [module["mapper"]["method"] for module in modules(pending) if "method" in (module["mapper"] or {})]
    assert methods == ["get"]
    again = next(route["flow"] for route in router["routes"] if route["flow"][0]["filter"]["name"] == "Try again")
    conditions = again[0]["filter"]["conditions"]
    assert all(any(c["a"] == "{{3.data.retry_allowed}}" and c["b"] == "true" for c in every) for every in conditions)


def test_every_route_of_the_blueprint_ends_with_an_answer_or_a_problem() -> None:
    def ends(flow: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        if "routes" not in flow[-1]:
            yield flow[-1]
        for route in flow[-1].get("routes", []):
            yield from ends(route["flow"])

    found = list(ends(blueprint()["flow"]))
    assert {module["module"] for module in found} == {"util:SetVariable2"}
    assert [module["mapper"]["name"] for module in found].count("qb_response") == 3
    assert {module["mapper"]["name"] for module in found} == {"qb_response", "problem"}


def test_the_blueprint_sees_every_answer_and_lets_nothing_pass_that_has_no_id() -> None:
    sent = [module for module in modules(blueprint()["flow"]) if module["module"] == "http:ActionSendData"]
    assert all(module["parameters"]["handleErrors"] is False for module in sent)  # else a 409 would never be read
    assert all(module["onerror"][0]["module"] == "builtin:Break" for module in sent)
    assert blueprint()["flow"][1]["filter"]["conditions"] == [[{"a": "{{1.id}}", "o": "exist"}]]


def test_the_n8n_node_sends_qbxml_that_is_accepted() -> None:
    (node,) = (json.loads(text)["nodes"][0] for name, text in blocks("json") if name == "n8n.md")
    body = re.sub(r"\{\{.*?\}\}", "A", node["parameters"]["body"].removeprefix("="))
    assert accept(body, limit_bytes=10_000).names == ("CustomerAddRq",)


def client() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tieout_client", EXAMPLES / "tieout_client.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_python_example_imports_nothing_but_the_standard_library() -> None:
    text = (EXAMPLES / "tieout_client.py").read_text(encoding="utf-8")
    names = {name.split(".")[0] for name in re.findall(r"^(?:import|from) ([\w.]+)", text, re.MULTILINE)}
    assert names <= sys.stdlib_module_names
    assert callable(client().main)


def test_the_python_example_checks_a_signature_as_the_server_makes_it() -> None:
    secret, body = signing.secret_of("installation", 7), b'{"status": "success"}'
    headers = {"X-Tieout-Timestamp": "1000", "X-Tieout-Signature": signing.signature(secret, 1000, body)}
    genuine = client().is_genuine
    assert tuple(headers) == (signing.TIMESTAMP_HEADER, signing.SIGNATURE_HEADER)
    assert genuine(secret, headers, body, 1100)
    assert not genuine(secret, headers, body, 2000)
    assert not genuine(secret, headers, body + b" ", 1000)
    assert not genuine("other", headers, body, 1000)
    assert not genuine(secret, {}, body, 1000)


def test_the_check_in_the_documents_is_the_one_of_the_server() -> None:
    ((_, text),) = blocks("python")
    program = f"import hashlib, hmac\n{text}\nimport sys\n" + (
        "secret, body, signature = sys.argv[1:]\n"
        "headers = {'X-Tieout-Timestamp': '1000', 'X-Tieout-Signature': signature}\n"
        "assert is_genuine(secret, headers, body.encode(), 1001)\n"
        "assert not is_genuine(secret, headers, body.encode() + b' ', 1001)\n"
        "assert not is_genuine(secret, headers, body.encode(), 2000)\n"
    )
    signature = signing.signature("abc", 1000, b"{}")
    subprocess.run([sys.executable, "-I", "-c", program, "abc", "{}", signature], check=True, timeout=30)


def test_the_shell_example_is_a_shell_script_and_takes_its_key_from_the_environment() -> None:
    script = EXAMPLES / "curl.sh"
    subprocess.run(["sh", "-n", str(script)], check=True, timeout=30)
    finished = subprocess.run(["sh", str(script)], env={}, capture_output=True, text=True, timeout=30)
    assert finished.returncode != 0
    assert "TIEOUT_URL" in finished.stderr


def test_no_example_holds_an_address_or_a_key() -> None:
    for path in (*DOCUMENTS, *EXAMPLES.iterdir(), DOCS / "make-blueprint.json"):
        if path.is_file():
            assert not re.search(r"tieout_[A-Za-z0-9_-]{20,}", path.read_text(encoding="utf-8")), path.name
