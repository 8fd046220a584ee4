"""The reference: a page for each group of operations, each with curl and Python to copy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

FOLDER = "reference"
_JSON = "application/json"
_CREDENTIALS: Mapping[str, str] = {"userToken": "TOKEN", "backendKey": "KEY", "admin": "ADMIN"}
# What stands for an id of the reader's own in a path.
_ID = re.compile(r"\{([a-z_]+)\}")

Document = Mapping[str, Any]


def pages_of(document: Document) -> Sequence[tuple[str, str, str]]:
    """Return each group's name, the path of its page, and the page."""
    groups: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            text = _operation(document, method.upper(), path, operation)
            groups.setdefault(operation["tags"][0], []).append(text)
    return [
        (
            tag,
            f"{FOLDER}/{_slug(tag)}.md",
            f"# {tag}\n\n{_HOW}\n\n" + "\n\n".join(operations) + "\n",
        )
        for tag, operations in groups.items()
    ]


_HOW = (
    "Made from the OpenAPI document. The rules for signing in, keys, paging and errors stand on "
    "[the API's own page](../api.md). `TOKEN` is a user's token, `KEY` a key of your backend, "
    "`ADMIN` an admin's; the Python uses the package `requests`."
)


def curl_of(method: str, path: str, operation: Document) -> str:
    """Return a command line that carries the operation out, once ids and credentials are put in."""
    lines = [f"curl -X {method} http://127.0.0.1:8080{_ID.sub('ID', path)}"]
    for name, value in _headers(operation):
        lines.append(f'  -H "{name}: {value}"')
    example = _example(operation)
    if example is not None:
        lines.append("  -H 'Content-Type: application/json'")
        quoted = json.dumps(example, ensure_ascii=False).replace("'", "'\\''")
        lines.append(f"  -d '{quoted}'")
    return " \\\n".join(lines)


def python_of(method: str, path: str, operation: Document) -> str:
    """Return the same in Python."""
    arguments = [f'    "http://127.0.0.1:8080{_ID.sub("ID", path)}",']
    headers = {name: re.sub(r"\$([A-Z]+)", r"{\1}", value) for name, value in _headers(operation)}
    if headers:
        pairs = ", ".join(
            f'"{name}": {"f" if "{" in value else ""}"{value}"' for name, value in headers.items()
        )
        arguments.append(f"    headers={{{pairs}}},")
    example = _example(operation)
    if example is not None:
        arguments.append(f"    json={example!r},")
    arguments.append("    timeout=10,")
    called = "\n".join(arguments)
    return f"answer = requests.{method.lower()}(\n{called}\n)\nprint(answer.json())"


def _operation(document: Document, method: str, path: str, operation: Document) -> str:
    parts = [
        f"## {operation['summary']}",
        f"`{method} {path}`",
        operation["description"],
        *_tabs(method, path, operation),
        *_parameters(operation),
        *_body(document, operation),
        *_answers(operation),
    ]
    return "\n\n".join(part for part in parts if part)


def _tabs(method: str, path: str, operation: Document) -> Iterator[str]:
    for name, language, text in (
        ("curl", "bash", curl_of(method, path, operation)),
        ("Python", "python", python_of(method, path, operation)),
    ):
        code = f"```{language}\n{text}\n```"
        yield f'=== "{name}"\n\n' + "\n".join(f"    {line}" for line in code.splitlines())


def _parameters(operation: Document) -> Iterator[str]:
    given = operation.get("parameters", [])
    if given:
        rows = [
            f"| `{each['name']}` | {each['in']} | {_type(each['schema'])} | "
            f"{'required' if each.get('required') else ''} | {_cell(_told(each))} |"
            for each in given
        ]
        yield "\n".join(["| parameter | in | type | | |", "| --- | --- | --- | --- | --- |", *rows])


def _body(document: Document, operation: Document) -> Iterator[str]:
    if "requestBody" not in operation:
        return
    schema = _resolved(document, operation["requestBody"]["content"][_JSON]["schema"])
    required = set(schema.get("required", []))
    rows = [
        f"| `{name}` | {_type(each)} | {'required' if name in required else ''} | "
        f"{_cell(_told(each))} |"
        for name, each in schema.get("properties", {}).items()
    ]
    if rows:
        yield "\n".join(["| field of the body | type | | |", "| --- | --- | --- | --- |", *rows])


def _answers(operation: Document) -> Iterator[str]:
    rows = []
    for status, answer in sorted(operation["responses"].items()):
        told = "the answer" if status < "300" else answer["description"].replace("\n", "<br>")
        rows.append(f"| {status} | {_cell(told.replace('<br>- ', '<br>').removeprefix('- '))} |")
    yield "\n".join(["| status | |", "| --- | --- |", *rows])


def _headers(operation: Document) -> Iterator[tuple[str, str]]:
    for scheme in operation.get("security", [])[:1]:
        yield "Authorization", f"Bearer ${_CREDENTIALS[next(iter(scheme))]}"
    for each in operation.get("parameters", []):
        if each["in"] == "header":
            yield each["name"], str(each["schema"]["examples"][0])


def _example(operation: Document) -> Any:
    body = operation.get("requestBody")
    return None if body is None else body["content"][_JSON].get("example")


def _resolved(document: Document, schema: Document) -> Document:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Document = document["components"]["schemas"][name] if name else schema
    return found


def _type(schema: Document) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(f"`{each}`" for each in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(each) for each in schema["anyOf"]))
    if "$ref" in schema:
        return f"{schema['$ref'].rpartition('/')[2]}"
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "anything")


def _told(each: Document) -> str:
    told = each.get("description") or each.get("schema", {}).get("description") or ""
    return str(told)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _slug(tag: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", tag.lower()))
