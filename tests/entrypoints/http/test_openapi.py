import json
from typing import Any

import pytest
from aiohttp import web
from attrs import frozen
from openapi_spec_validator import OpenAPIV31SpecValidator

from entrypoints.http.endpoint import Endpoint
from entrypoints.http.openapi import document_of
from entrypoints.http.policy import Public
from tests.entrypoints.http.sample import SampleApi, ThingView

JSON = "application/json"


@pytest.fixture
def document() -> dict[str, Any]:
    described = SampleApi().endpoints()
    made = document_of(described, public_url="https://billing.example", version="1.2.3")
    parsed: dict[str, Any] = json.loads(made)
    return parsed


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()

    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "https://billing.example"}]


def test_every_documented_endpoint_is_in_the_document_once(document: dict[str, Any]) -> None:
    operations = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    ids = [
        each["operationId"] for methods in document["paths"].values() for each in methods.values()
    ]

    assert operations == {(each.method, each.path) for each in SampleApi().endpoints()}
    assert len(set(ids)) == len(ids)


def test_bodies_refuse_unknown_fields_and_answers_may_grow(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert schemas["ThingBody"]["additionalProperties"] is False
    assert schemas["PartBody"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["ThingView"]


def test_a_list_has_an_envelope_of_its_own_with_meta(document: dict[str, Any]) -> None:
    answer = document["paths"]["/things"]["get"]["responses"]["200"]
    name = answer["content"][JSON]["schema"]["$ref"].rpartition("/")[2]
    envelope = document["components"]["schemas"][name]

    assert name == "ThingViewListAnswer"
    assert envelope["required"] == ["success", "data", "meta"]
    assert envelope["properties"]["data"]["items"]["$ref"].endswith("/ThingView")


def test_what_may_be_null_says_so(document: dict[str, Any]) -> None:
    envelope = document["components"]["schemas"]["ThingViewOrNullAnswer"]

    assert {"type": "null"} in envelope["properties"]["data"]["anyOf"]


def test_query_classes_become_parameters_and_are_not_listed(document: dict[str, Any]) -> None:
    parameters = {each["name"]: each for each in document["paths"]["/things"]["get"]["parameters"]}

    assert set(parameters) == {
        "account_id",
        "limit",
        "offset",
        "after",
        "colour",
        "since",
        "is_new",
    }
    assert parameters["limit"]["schema"]["maximum"] == 100
    assert parameters["since"]["schema"]["format"] == "date-time"
    assert not any(each.get("required") for each in parameters.values())
    assert "ThingsQuery" not in document["components"]["schemas"]


def test_a_required_key_is_a_required_header(document: dict[str, Any]) -> None:
    parameters = document["paths"]["/things"]["post"]["parameters"]
    header = next(each for each in parameters if each["in"] == "header")

    assert header["name"] == "Idempotency-Key"
    assert header["required"] is True


def test_every_refusal_is_listed_under_its_status_with_its_code(document: dict[str, Any]) -> None:
    responses = document["paths"]["/things"]["post"]["responses"]
    codes = {
        status: response["content"][JSON]["schema"]["allOf"][1]["properties"]["error"][
            "properties"
        ]["code"]["enum"]
        for status, response in responses.items()
        if status != "201"
    }

    assert codes == {
        "400": ["invalid_request", "idempotency_key_required"],
        "401": ["unauthenticated"],
        "403": ["forbidden", "other_account"],
        "413": ["body_too_large"],
        "422": ["idempotency_key_reused"],
        "500": ["internal_error"],
        "503": ["token_keys_unavailable"],
    }


def test_security_follows_the_policy(document: dict[str, Any]) -> None:
    paths = document["paths"]

    assert paths["/things"]["get"]["security"] == [
        {"userToken": []},
        {"backendKey": ["credits:read"]},
    ]
    assert paths["/things/{id}"]["get"]["security"] == [{"userToken": []}]
    assert paths["/spend"]["post"]["security"] == [{"backendKey": ["credits:spend"]}]
    assert paths["/admin/things"]["put"]["security"] == [{"admin": ["operator", "owner"]}]
    assert paths["/shop"]["get"]["security"] == []


def test_a_body_without_required_fields_may_be_left_out(document: dict[str, Any]) -> None:
    paths = document["paths"]

    assert paths["/change"]["post"]["requestBody"]["required"] is False
    assert paths["/things"]["post"]["requestBody"]["required"] is True
    assert paths["/things"]["post"]["requestBody"]["content"][JSON]["example"] == {"amount": 50}


def test_namesakes_are_refused() -> None:
    first = ThingView

    def another() -> type:
        @frozen
        class ThingView:
            x: int

        return ThingView

    async def handler(request: web.Request) -> web.Response:
        return web.Response()

    def an_endpoint(path: str, view: type) -> Endpoint:
        return Endpoint(
            method="GET",
            path=path,
            handler=handler,
            policy=Public(),
            tag="Things",
            summary="Look",
            response=view,
        )

    with pytest.raises(ValueError, match="share a name"):
        document_of(
            [an_endpoint("/a", first), an_endpoint("/b", another())],
            public_url="http://x",
            version="1",
        )
