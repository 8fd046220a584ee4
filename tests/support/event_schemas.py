"""The published schemas of outgoing events, to hold payloads against."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

_FOLDER = Path(__file__).parents[2] / "docs" / "events"


def checked(payload: str) -> dict[str, Any]:
    """Return what a payload says, once its schema has found nothing wrong and nothing unnamed."""
    said: dict[str, Any] = json.loads(payload)
    validator = _validator(said["type"].partition(".")[0], said["version"])
    validator.validate(said)
    schema: Any = validator.schema
    assert set(said) == set(schema["properties"])
    assert set(said["data"]) <= set(schema["properties"]["data"]["properties"]), said
    return said


@cache
def _validator(family: str, version: int) -> Draft202012Validator:
    text = (_FOLDER / f"{family}.v{version}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text), format_checker=FormatChecker())
