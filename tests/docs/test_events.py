"""The page on events and the schemas beside it, held against the service itself."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook

from adapters.outgoing_webhooks import ANSWER_BYTES_MAX, SEND_SECONDS_MAX
from adapters.system import system_clock
from application.events.redeliver_events import REDELIVERED_MAX
from domain.events.delivery import JITTER, TRIES_MAX, WAITS
from domain.events.endpoint import OVERLAP_HOURS_MAX, SWITCHED_OFF_AFTER, secret_written
from domain.events.outgoing_event import VERSION, EventType
from tests.docs.pages import DOCS, page, plain
from tests.support.builders.events import an_event

EVENTS = page("events")
SCHEMAS = sorted((DOCS / "events").glob("*.json"))
SECRET = secret_written("a secret of the endpoint's own")


def schema_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def in_words(wait: timedelta) -> str:
    seconds = int(wait.total_seconds())
    if seconds < 60:
        return f"{seconds} seconds"
    return f"{seconds // 60} minutes" if seconds < 3600 else f"{seconds // 3600} hours"


def test_every_event_stands_in_the_catalogue_with_its_schema() -> None:
    said = [(plain(row[0]), row[2]) for row in EVENTS.table("event", "when", "schema")]

    assert said == [
        (each.value, f"[{name}](events/{name})")
        for each in EventType
        for name in [f"{each.value.partition('.')[0]}.v{VERSION}.json"]
    ]


def test_the_schemas_name_every_event_once() -> None:
    named = [each for path in SCHEMAS for each in schema_of(path)["properties"]["type"]["enum"]]

    assert sorted(named) == sorted(each.value for each in EventType)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_schema_is_one(path: Path) -> None:
    schema = schema_of(path)

    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["version"] == {"const": VERSION}


def test_the_waits_are_those_of_the_code() -> None:
    said = EVENTS.table("after failed try", "wait")

    assert said == [(str(place), in_words(wait)) for place, wait in enumerate(WAITS, 1)]
    assert f"up to {JITTER:.0%}".replace("%", " %") in EVENTS.text
    assert TRIES_MAX == 10
    assert timedelta(days=3) == SWITCHED_OFF_AFTER
    for number in (
        f"at most {OVERLAP_HOURS_MAX})",
        f"after {SEND_SECONDS_MAX:g} seconds",
        f"{ANSWER_BYTES_MAX} bytes",
        f"{REDELIVERED_MAX} events a call",
    ):
        assert number in EVENTS.text.replace("\n", " "), number


def test_the_shown_way_to_verify_believes_what_is_ours_and_nothing_else() -> None:
    (block,) = [each for each in EVENTS.blocks if each.marker == "verify"]
    shown: dict[str, Any] = {}
    exec(compile(block.text, "docs/events.md", "exec"), shown)  # noqa: S102 - that is the point
    verify, event, now = shown["verify"], an_event(), system_clock()
    body = event.payload.encode()
    other = Webhook(secret_written("a secret of somebody else's"))
    forged = other.sign(event.id, now, event.payload)
    headers = {
        "webhook-id": event.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": f"{forged} {Webhook(SECRET).sign(event.id, now, event.payload)}",
    }

    assert verify(SECRET, headers, body)
    assert not verify(SECRET, headers, body + b" ")
    assert not verify(SECRET, {**headers, "webhook-id": "other"}, body)
    assert not verify(SECRET, {**headers, "webhook-signature": forged}, body)
    late = str(int(now.timestamp()) - 302)
    assert not verify(SECRET, {**headers, "webhook-timestamp": late}, body)
