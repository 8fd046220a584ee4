"""The OpenAPI document of the whole API, held against what the service really answers."""

from collections.abc import Mapping
from typing import Any

import jsonschema
from openapi_spec_validator import validate

from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.policy import Public, Signature
from tests.entrypoints.good_requests import World, name_of

Document = Mapping[str, Any]


async def document_of(world: World) -> Document:
    async with world.service.client.get("/openapi.json") as response:
        document: Document = await response.json()
    return document


def operation_of(document: Document, endpoint: Endpoint) -> Document:
    operation: Document = document["paths"][endpoint.path][endpoint.method.lower()]
    return operation


def codes_of(refusal: Document) -> list[str]:
    """Return the codes under which an operation may be refused with a status."""
    narrowed = refusal["content"]["application/json"]["schema"]["allOf"][1]["properties"]
    codes: list[str] = narrowed["error"]["properties"]["code"]["enum"]
    return codes


def is_public(endpoint: Endpoint) -> bool:
    """Say whether anybody may ask, or the body's signature counts instead of a credential."""
    return isinstance(endpoint.policy, Public | Signature)


def is_valid(document: Document, schema: Mapping[str, Any], value: object) -> bool:
    """Say whether a value is as a schema of the document says; `format` counts too."""
    whole = {"components": document["components"], **schema}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(whole, format_checker=checker).is_valid(value)


async def test_the_document_is_valid_and_names_every_endpoint(world: World) -> None:
    document = await document_of(world)

    validate(dict(document))
    named = {
        f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item
    }
    assert {name_of(e) for e in world.service.endpoints} <= named


async def test_every_answer_is_as_the_document_says(world: World) -> None:
    document = await document_of(world)

    for endpoint in world.service.endpoints:
        key = None if endpoint.idempotency is Idempotency.NONE else f"for:{endpoint.path}"
        answer = await world.call(endpoint, key=key)
        responses = operation_of(document, endpoint)["responses"]
        content = responses[str(answer.status)]["content"]
        assert list(content) == [answer.headers["Content-Type"].partition(";")[0]]
        if endpoint.shape in {Shape.PDF, Shape.CSV}:
            continue
        schema = content["application/json"]["schema"]
        assert is_valid(document, schema, answer.body), (name_of(endpoint), answer.body)


async def test_every_good_body_is_as_the_document_says(world: World) -> None:
    document = await document_of(world)

    for endpoint in world.service.endpoints:
        if endpoint.body is None:
            continue
        content = operation_of(document, endpoint)["requestBody"]["content"]["application/json"]
        good = world.good[name_of(endpoint)]
        for body in (good.body, good.other, content["example"]):
            if body is not None:
                assert is_valid(document, content["schema"], body), (name_of(endpoint), body)
        assert not is_valid(document, content["schema"], {"amuont": 1}), name_of(endpoint)


async def test_every_name_of_a_query_stands_in_the_document_as_it_is_sent(world: World) -> None:
    document = await document_of(world)
    operation = document["paths"]["/admin/orders"]["get"]

    names = {each["name"] for each in operation["parameters"]}

    assert names == {"limit", "after", "account_id", "from", "to", "status"}


async def test_a_refusal_is_as_the_document_says(world: World) -> None:
    document = await document_of(world)
    before = world.service.kept()

    for endpoint in world.service.endpoints:
        if endpoint.body is None:
            continue
        answer = await world.call(endpoint, {"amuont": 1}, key="k")
        responses = operation_of(document, endpoint)["responses"]
        schema = responses["400"]["content"]["application/json"]["schema"]
        assert is_valid(document, schema, answer.body), (name_of(endpoint), answer.body)

    assert world.service.kept() == before


async def test_every_operation_says_who_may_ask_what_is_sent_and_how_it_is_refused(
    world: World,
) -> None:
    document = await document_of(world)

    for endpoint in world.service.endpoints:
        operation, name = operation_of(document, endpoint), name_of(endpoint)
        assert operation["summary"], name
        assert operation["tags"], name
        assert is_public(endpoint) or operation["security"], name
        if endpoint.body is not None:
            assert operation["requestBody"]["content"]["application/json"].keys() >= {"example"}, (
                name
            )
        refusals = {status: each for status, each in operation["responses"].items() if status > "3"}
        assert {"400", "500"} <= set(refusals), name
        for refusal in refusals.values():
            assert codes_of(refusal), name
            assert all(f"`{code}`" in refusal["description"] for code in codes_of(refusal)), name


async def test_a_path_whose_last_word_could_be_an_id_says_what_it_answers_itself(
    world: World,
) -> None:
    async with world.service.client.get("/admin/events/redeliver") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "POST"
