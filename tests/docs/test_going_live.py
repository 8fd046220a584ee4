"""The founder's guide, held against the adapters and the providers' published schemas."""

import inspect
import json
import re
import shlex
from collections.abc import Iterator
from typing import Any, cast

import jsonschema
import pytest
import stripe

from adapters.providers.creem import events as creem_events
from adapters.providers.creem.mode import ADDRESS
from adapters.providers.stripe.meaning import TYPES_NEEDED
from adapters.providers.stripe.rights import RIGHTS
from entrypoints.settings import load_settings
from tests.docs.pages import ROOT, page
from tests.docs.test_operating import read_environment

GUIDE = page("going-live")

DATA = ROOT / "tests" / "adapters" / "providers"
STRIPE_API = "https://api.stripe.com"
CREEM_API = next(address for address in ADDRESS.values() if "test" in address)

_KEYS_OF_MEANING = re.compile(r'^ {12}(?:"(?P<type>[a-z_.]+)"|_EXPIRED): self\.', re.MULTILINE)


def schema_of(path: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((DATA / path).read_text(encoding="utf-8")))


STRIPE_SCHEMA = schema_of("stripe/data/request-params.schema.json")
CREEM_SCHEMA = schema_of("creem/data/wire.schema.json")


def commands() -> Iterator[list[str]]:
    """Yield every command that is shown to be sent to a provider."""
    for block in GUIDE.blocks:
        if block.language == "console":
            for line in block.text.replace("\\\n", " ").split("\ncurl "):
                words = shlex.split(line)
                if any(word.startswith((STRIPE_API, CREEM_API)) for word in words):
                    yield words


def sent(words: list[str], address: str) -> tuple[str, list[str]]:
    """Return the path that a command asks, and what it sends there."""
    path = next(word.removeprefix(address) for word in words if word.startswith(address))
    return path, [words[place + 1] for place, word in enumerate(words) if word == "-d"]


def nested(pairs: list[str]) -> dict[str, Any]:
    """Return a form as the object it stands for."""
    form: dict[str, Any] = {}
    for name, _, text in (pair.partition("=") for pair in pairs):
        value = int(text) if text.isdigit() else text
        outer, _, inner = name.removesuffix("]").partition("[")
        if name.endswith("[]"):
            form.setdefault(outer, []).append(value)
        elif inner:
            form.setdefault(outer, {})[inner] = value
        else:
            form[outer] = value
    return form


def stripe_commands() -> list[tuple[str, dict[str, Any]]]:
    asked = (sent(words, STRIPE_API) for words in commands() if STRIPE_API in " ".join(words))
    return [(path, nested(pairs)) for path, pairs in asked]


def creem_commands() -> list[tuple[str, dict[str, Any]]]:
    asked = (sent(words, CREEM_API) for words in commands() if CREEM_API in " ".join(words))
    return [(path, json.loads(body)) for path, (body,) in asked]


def test_what_is_sent_to_stripe_is_as_its_schema_says() -> None:
    for path, form in stripe_commands():
        rules = STRIPE_SCHEMA["operations"][f"POST {path}"]["params"]
        jsonschema.validate(form, {**rules, "$defs": STRIPE_SCHEMA["$defs"]})

    paths = [path for path, _ in stripe_commands()]
    assert paths == ["/v1/products", "/v1/prices", "/v1/prices", "/v1/webhook_endpoints"]


def test_what_is_sent_to_creem_is_as_its_schema_says() -> None:
    for path, body in creem_commands():
        rules = CREEM_SCHEMA["requests"][f"POST {path}"]
        jsonschema.validate(body, {**rules, "$defs": CREEM_SCHEMA["$defs"]})

    assert [path for path, _ in creem_commands()] == ["/v1/products"] * 3 + ["/v1/webhooks"]


def test_the_endpoint_at_stripe_is_sent_what_the_adapter_needs_in_its_version() -> None:
    endpoint = dict(stripe_commands())["/v1/webhook_endpoints"]

    assert endpoint["enabled_events"] == list(TYPES_NEEDED)
    assert event_rows("Stripe") == list(TYPES_NEEDED)
    assert endpoint["api_version"] == stripe.api_version
    assert endpoint["url"].endswith("/payment/webhook/stripe")


def test_the_endpoint_at_creem_is_sent_what_the_adapter_understands() -> None:
    endpoint = dict(creem_commands())["/v1/webhooks"]
    source = inspect.getsource(creem_events.CreemTranslation)
    understood = {
        found["type"] or "subscription.expired" for found in _KEYS_OF_MEANING.finditer(source)
    }

    assert set(endpoint["events"]) == understood
    assert set(event_rows("Creem")) == understood
    assert endpoint["url"].endswith("/payment/webhook/creem")


def event_rows(provider: str) -> list[str]:
    """Return the events in the table of a provider's section."""
    sections = re.split(r"^## ", GUIDE.text, flags=re.MULTILINE)
    section = next(each for each in sections if each.startswith(f"{provider}\n"))
    return re.findall(r"^\| `([a-z_.]+)` \|", section, flags=re.MULTILINE)


@pytest.mark.parametrize("channel", ["stripe", "creem"])
def test_the_settings_of_a_channel_are_valid_ones(channel: str) -> None:
    environment: dict[str, str] = {}
    for block in GUIDE.blocks:
        if block.language == "ini":
            given = read_environment(block.text)
            if given["BILLING_CHANNELS"] in {channel, "stripe,creem"}:
                environment |= given

    settings = load_settings(environment)

    assert settings.channels == (channel,)
    assert "webhook_secret" in settings.channel_settings[settings.channels[0]]


def test_every_right_that_a_restricted_key_needs_is_named() -> None:
    rows = re.findall(r"^\| ([A-Z][A-Za-z ]+) \| (read|write) \|", GUIDE.text, re.MULTILINE)

    assert {name for name, _ in rows} == set(RIGHTS)
    assert len(rows) == len(RIGHTS)
