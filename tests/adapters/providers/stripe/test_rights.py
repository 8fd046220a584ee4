"""The doctor's questions to Stripe: one for each right that a restricted key may lack."""

from collections.abc import Iterable

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.providers.stripe.rights import RIGHTS
from domain.payments.errors import ProviderUnavailable
from tests.adapters.providers.stripe.sales import sold_plan
from tests.support.fake_stripe.server import HANDLERS
from tests.support.fake_stripe.side import StripeSide, a_stripe


def without(*paths: str, status: int = 403) -> Middleware:
    """Let the key lack the rights to what lies under some paths."""

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(paths):
            error = {"type": "invalid_request_error", "message": "Having the right would help."}
            return web.json_response({"error": error}, status=status)
        return await handler(request)

    return checked


def kinds(operations: Iterable[str]) -> set[str]:
    """Return the kinds of things that operations are about, by the paths they lie under."""
    return {each.split(" ")[1].removeprefix("/v1/").split("/")[0] for each in operations}


async def test_every_kind_of_thing_that_is_asked_about_is_tried_once_and_nothing_is_changed(
    stripe: StripeSide,
) -> None:
    await sold_plan(stripe)
    before = len(stripe.fake.asked)

    tried = await stripe.provider.try_rights()

    asked = stripe.fake.operations()[before:]
    assert [each.refusal for each in tried] == [None] * len(RIGHTS)
    assert len(asked) == len(RIGHTS)
    assert {each.split(" ")[0] for each in asked} == {"GET"}
    assert kinds(asked) == kinds(HANDLERS)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/payment_intents", "PaymentIntents"),
        ("/v1/invoice_payments", "Invoice payments"),
        ("/v1/refunds", "Charges and Refunds"),
        ("/v1/disputes", "Disputes"),
    ],
)
async def test_the_right_that_is_lacking_is_named(path: str, name: str) -> None:
    async with a_stripe(middlewares=[without(path)]) as stripe:
        tried = await stripe.provider.try_rights()

    assert {each.name for each in tried if each.refusal is not None} == {name}
    assert {each.name for each in tried} == set(RIGHTS)


async def test_all_rights_that_are_lacking_are_named() -> None:
    async with a_stripe(middlewares=[without("/v1/")]) as stripe:
        tried = await stripe.provider.try_rights()

    assert {each.refusal for each in tried} == {"the configured key lacks a right that this needs"}


async def test_where_there_is_no_answer_nothing_is_said_about_the_key() -> None:
    async with a_stripe(middlewares=[without("/v1/disputes", status=500)]) as stripe:
        with pytest.raises(ProviderUnavailable):
            await stripe.provider.try_rights()
