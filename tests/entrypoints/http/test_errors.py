import importlib
import inspect
import json
import pkgutil
from datetime import UTC, datetime
from typing import Any

import pytest

import application
import domain
import entrypoints.http
from domain.access.errors import NotSignedIn, ZoneChangedLately
from domain.credits.errors import InsufficientCredits
from domain.errors import BillingError, InvalidField
from domain.payments.errors import AskedTooOften, ProviderBusy, ProviderUnavailable
from domain.payments.ids import Channel
from entrypoints.http.errors import STATUS_OF, refusal_answer, status_of
from entrypoints.http.refusals import MethodNotAllowed
from tests.entrypoints.http.conftest import Client


def every_refusal() -> list[type[BillingError]]:
    """Every concrete refusal in the service, found by reading all modules that may hold one."""
    for package in (domain, application, entrypoints.http):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    found: list[type[BillingError]] = []
    waiting = [BillingError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        # A slotted class is made twice; the first draft of it is no longer reachable by its name.
        is_current = getattr(inspect.getmodule(kind), kind.__name__, None) is kind
        if hasattr(kind, "code") and is_current:
            found.append(kind)
    return found


def test_every_refusal_has_a_status() -> None:
    refusals = every_refusal()

    assert len(refusals) > 30
    assert all(status_of(each) in STATUS_OF.values() for each in refusals)


def test_a_code_stands_for_one_status_and_is_snake_case() -> None:
    statuses: dict[str, set[int]] = {}
    for each in every_refusal():
        statuses.setdefault(each.code, set()).add(status_of(each))

    assert all(len(each) == 1 for each in statuses.values())
    assert all(code.replace("_", "").isalpha() and code.islower() for code in statuses)


def answered(refusal: BillingError) -> tuple[int, dict[str, Any]]:
    response = refusal_answer(refusal, "r-1")
    assert isinstance(response.body, bytes)
    answer: dict[str, Any] = json.loads(response.body)
    assert answer["success"] is False
    return response.status, answer["error"]


def test_the_fields_of_a_refusal_become_its_details() -> None:
    assert answered(InsufficientCredits(requested=50, available=20)) == (
        402,
        {
            "code": "insufficient_credits",
            "message": "50 credits were asked for and 20 are available.",
            "details": {"requested": 50, "available": 20},
            "request_id": "r-1",
        },
    )


def test_instants_in_details_end_in_z() -> None:
    _, error = answered(ZoneChangedLately(next_at=datetime(2026, 5, 1, tzinfo=UTC)))

    assert error["details"] == {"next_at": "2026-05-01T00:00:00Z"}


def test_a_refused_value_of_the_domain_has_the_form_of_one_of_the_edge() -> None:
    status, error = answered(InvalidField(path="zone", problem="is unknown"))

    assert status == 400
    assert error["code"] == "invalid_request"
    assert error["details"] == {"fields": [{"path": "zone", "problem": "is unknown"}]}


@pytest.mark.parametrize(
    ("refusal", "header", "value"),
    [
        (NotSignedIn(reason="x"), "WWW-Authenticate", "Bearer"),
        (ProviderUnavailable(channel=Channel("stripe")), "Retry-After", "1"),
        (ProviderBusy(channel=Channel("stripe"), retry_after_s=7), "Retry-After", "7"),
        (AskedTooOften(retry_after_s=3), "Retry-After", "3"),
        (MethodNotAllowed(allowed=("GET", "PUT")), "Allow", "GET, PUT"),
    ],
)
def test_a_status_brings_its_header(refusal: BillingError, header: str, value: str) -> None:
    assert refusal_answer(refusal, "r-1").headers[header] == value


async def test_what_breaks_is_a_500_that_tells_nothing(client: Client) -> None:
    response = await client.get("/broken")

    text = await response.text()
    assert response.status == 500
    assert json.loads(text)["error"]["code"] == "internal_error"
    assert "secret" not in text
    assert "Traceback" not in text


@pytest.mark.parametrize("path", ["/", "/nowhere", "/things/", "/things/a/b", "/%00"])
async def test_an_unknown_path_is_answered_in_the_same_form(client: Client, path: str) -> None:
    response = await client.get(path)

    answer = await response.json()
    assert response.status == 404
    assert answer["error"]["code"] == "route_not_found"
    assert answer["error"]["request_id"] == response.headers["X-Request-Id"]


async def test_a_wrong_method_names_the_right_ones(client: Client) -> None:
    response = await client.delete("/things")

    answer = await response.json()
    assert response.status == 405
    assert response.headers["Allow"] == "GET, HEAD, POST"
    assert answer["error"]["code"] == "method_not_allowed"
    assert answer["error"]["details"] == {"allowed": ["GET", "HEAD", "POST"]}


async def test_being_busy_says_when_to_come_back(client: Client) -> None:
    response = await client.get("/busy")

    assert response.status == 503
    assert response.headers["Retry-After"] == "1"
    assert (await response.json())["error"]["details"] == {"channel": "stripe"}
