"""Rules that hold for every endpoint, read off the table of endpoints itself."""

import pytest

from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.policy import Signature
from tests.entrypoints.good_requests import World, name_of

# Every endpoint of the API as it was asked for; this list is what a change has to be held against.
PROMISED = {
    "POST /credits/spend/batch",
    "POST /credits/holds",
    "POST /credits/holds/{id}/extend",
    "POST /credits/holds/{id}/capture",
    "POST /credits/holds/{id}/release",
    "GET /credits/holds",
    "GET /credits/holds/{id}",
    "POST /credits/transactions/{id}/refund",
    "GET /credits/grants",
    "GET /admin/credits/grants",
    "POST /admin/credits/grants",
    "POST /admin/credits/grants/{id}/void",
    "PUT /admin/accounts/{id}/overdraft",
    "GET /admin/accounts/{id}/alerts",
    "PUT /admin/accounts/{id}/alerts",
    "POST /credits/grants",
    "GET /credits/explain",
    "GET /credits/transactions/{id}/explain",
    "GET /admin/accounts/{id}/explain",
    "GET /credits/balance",
    "GET /credits/transactions",
    "POST /credits/spend",
    "POST /credits/estimate",
    "GET /orders",
    "GET /orders/{id}",
    "GET /orders/{id}/receipt",
    "GET /",
    "GET /subscription/plans",
    "GET /subscription",
    "GET /credits/packs",
    "GET /admin/billing/packs",
    "POST /admin/billing/packs",
    "PUT /admin/billing/packs/{id}",
    "POST /sessions",
    "GET /accounts/{id}",
    "PUT /accounts/{id}",
    "POST /checkin",
    "GET /checkin/status",
    "GET /checkin/calendar",
    "POST /payment/create-session",
    "POST /payment/confirm",
    "POST /coupons/preview",
    "POST /subscription/portal",
    "POST /subscription/cancel",
    "POST /subscription/resume",
    "POST /subscription/pause",
    "POST /subscription/preview",
    "POST /subscription/change",
    "POST /payment/webhook/{channel}",
    "GET /admin/billing/plans",
    "GET /admin/overview",
    "POST /admin/billing/plans",
    "PUT /admin/billing/plans/{id}",
    "GET /admin/billing/coupons",
    "POST /admin/billing/coupons",
    "GET /admin/billing/coupons/{id}",
    "PUT /admin/billing/coupons/{id}",
    "GET /admin/billing/coupons/{id}/redemptions",
    "POST /admin/billing/coupons/{id}/check",
    "POST /admin/billing/coupons/{id}/archive",
    "POST /admin/billing/coupons/{id}/unarchive",
    "POST /admin/billing/coupons/{id}/codes",
    "GET /admin/billing/coupons/{id}/codes",
    "GET /admin/billing/coupons/{id}/codes.csv",
    "POST /admin/billing/coupons/{id}/codes/disable",
    "POST /admin/billing/coupons/{id}/codes/enable",
    "POST /coupons/redeem",
    "GET /admin/credits/transactions",
    "GET /admin/rates",
    "GET /admin/rates/current",
    "GET /admin/rates/{version}",
    "GET /admin/rates/{version}/export",
    "POST /admin/rates",
    "GET /admin/orders",
    "GET /admin/orders/{id}",
    "GET /admin/orders/{id}/receipt",
    "POST /admin/orders/{id}/refund",
    "POST /admin/orders/{id}/settle",
    "GET /admin/disputes",
    "POST /admin/disputes/{id}/resolve",
    "POST /admin/accounts/{id}/freeze",
    "POST /admin/accounts/{id}/unfreeze",
    "GET /admin/subscriptions",
    "GET /admin/subscriptions/{id}",
    "POST /admin/subscriptions/comp",
    "POST /admin/subscriptions/{id}/cancel",
    "POST /admin/subscriptions/{id}/resume",
    "POST /admin/subscriptions/{id}/pause",
    "POST /admin/subscriptions/{id}/preview",
    "GET /admin/billing/plans/{id}/versions",
    "POST /admin/billing/plans/{id}/migrate",
    "POST /admin/subscriptions/{id}/change",
    "GET /admin/webhooks",
    "GET /admin/webhooks/{id}",
    "POST /admin/webhooks/{id}/replay",
    "POST /admin/webhooks/replay",
    "POST /admin/reconcile",
    "GET /admin/prices",
    "GET /admin/reconciliations",
    "GET /admin/reconciliations/{id}",
    "POST /admin/credits/manual",
    "GET /admin/endpoints",
    "POST /admin/endpoints",
    "GET /admin/endpoints/{id}",
    "PUT /admin/endpoints/{id}",
    "DELETE /admin/endpoints/{id}",
    "POST /admin/endpoints/{id}/enable",
    "POST /admin/endpoints/{id}/disable",
    "POST /admin/endpoints/{id}/rotate",
    "POST /admin/endpoints/{id}/test",
    "GET /admin/events",
    "GET /admin/events/{id}",
    "POST /admin/events/{id}/redeliver",
    "POST /admin/events/redeliver",
    "GET /admin/checkin/config",
    "PUT /admin/checkin/config",
    "POST /admin/checkin/simulate",
    "GET /admin/health",
    "GET /admin/clock",
    "POST /admin/clock/advance",
    "GET /admin/keys",
    "POST /admin/keys",
    "DELETE /admin/keys/{id}",
    "POST /admin/verify",
    "GET /admin/accounts/{id}/export",
    "POST /admin/accounts/{id}/erase",
    "POST /admin/import/balances",
    "POST /admin/import/subscribers",
}


def key_for(endpoint: Endpoint) -> str | None:
    return None if endpoint.idempotency is Idempotency.NONE else f"for:{endpoint.path}"


def keyed(world: World) -> list[Endpoint]:
    return [e for e in world.service.endpoints if e.idempotency is not Idempotency.NONE]


async def test_every_promised_endpoint_is_there_and_no_other(world: World) -> None:
    assert {name_of(endpoint) for endpoint in world.service.endpoints} == PROMISED


async def test_every_endpoint_answers_a_good_request_as_it_declares(world: World) -> None:
    for endpoint in world.service.endpoints:
        answer = await world.call(endpoint, key=key_for(endpoint))

        assert answer.status == endpoint.status, (name_of(endpoint), answer.body)
        if endpoint.shape is Shape.PDF:
            assert answer.raw.startswith(b"%PDF-"), name_of(endpoint)
            continue
        if endpoint.shape is Shape.CSV:
            assert answer.raw.startswith(b"code,"), name_of(endpoint)
            continue
        is_list = endpoint.shape is Shape.LIST
        assert isinstance(answer.data, list) is is_list, name_of(endpoint)
        assert ("meta" in answer.body) is is_list, name_of(endpoint)


async def test_every_post_that_changes_something_takes_a_key(world: World) -> None:
    # These change nothing, or do what they do once by themselves, however often they are sent.
    needs_none = {
        "POST /coupons/preview",
        "POST /admin/billing/coupons/{id}/check",
        "POST /admin/billing/coupons/{id}/archive",
        "POST /admin/billing/coupons/{id}/unarchive",
        "POST /admin/billing/coupons/{id}/codes/disable",
        "POST /admin/billing/coupons/{id}/codes/enable",
        "POST /credits/estimate",
        # Each of their items has a key.
        "POST /credits/spend/batch",
        "POST /admin/import/balances",
        "POST /admin/import/subscribers",
        "POST /subscription/portal",
        "POST /subscription/preview",
        "POST /admin/subscriptions/{id}/preview",
        "POST /admin/billing/plans/{id}/migrate",
        "POST /sessions",
        "POST /admin/verify",
        "POST /admin/checkin/simulate",
        "POST /payment/webhook/{channel}",
        "POST /payment/confirm",
        "POST /admin/webhooks/{id}/replay",
        "POST /admin/webhooks/replay",
        "POST /admin/reconcile",
        "POST /admin/endpoints/{id}/enable",
        "POST /admin/endpoints/{id}/disable",
        "POST /admin/endpoints/{id}/test",
        "POST /admin/events/{id}/redeliver",
        "POST /admin/events/redeliver",
    }

    posts = {name_of(e) for e in world.service.endpoints if e.method == "POST"}

    assert {name_of(endpoint) for endpoint in keyed(world)} == posts - needs_none


async def test_a_key_is_required_wherever_credits_move_at_somebodys_word(world: World) -> None:
    required = [e for e in keyed(world) if e.idempotency is Idempotency.REQUIRED]
    assert {name_of(e) for e in required} == {
        "POST /credits/spend",
        "POST /credits/holds",
        "POST /credits/holds/{id}/extend",
        "POST /credits/holds/{id}/capture",
        "POST /credits/holds/{id}/release",
        "POST /credits/transactions/{id}/refund",
        "POST /credits/grants",
        "POST /admin/credits/grants",
        "POST /admin/credits/grants/{id}/void",
        "POST /admin/credits/manual",
        "POST /admin/orders/{id}/refund",
    }
    before = world.service.kept()

    for endpoint in required:
        answer = await world.call(endpoint)
        assert (answer.status, answer.code) == (400, "idempotency_key_required")

    assert world.service.kept() == before


async def test_the_same_request_under_the_same_key_gets_the_first_answer(world: World) -> None:
    for endpoint in keyed(world):
        first = await world.call(endpoint, key=key_for(endpoint))
        after_first = world.service.kept()
        again = await world.call(endpoint, key=key_for(endpoint))

        expected = dict(first.data)
        if "secret" in expected:
            expected["secret"] = None
        assert (first.status, first.is_replay) == (endpoint.status, False), name_of(endpoint)
        assert (again.status, again.is_replay) == (endpoint.status, True), name_of(endpoint)
        assert again.data == expected, name_of(endpoint)
        assert world.service.kept() == after_first, name_of(endpoint)


async def test_another_request_under_the_same_key_is_refused(world: World) -> None:
    for endpoint in keyed(world):
        await world.call(endpoint, key=key_for(endpoint))
        after_first = world.service.kept()
        other = world.good[name_of(endpoint)].other
        if name_of(endpoint) == "POST /credits/holds/{id}/release":
            continue  # It says whose hold it is and nothing else, so there is no other request.
        assert other is not None, name_of(endpoint)

        answer = await world.call(endpoint, other, key=key_for(endpoint))

        assert (answer.status, answer.code) == (422, "idempotency_key_reused"), name_of(endpoint)
        assert world.service.kept() == after_first, name_of(endpoint)


async def test_a_refusal_stores_nothing_so_its_key_may_succeed_later(world: World) -> None:
    for endpoint in keyed(world):
        before = world.service.kept()
        good = world.good[name_of(endpoint)].body
        assert good is not None

        refused = await world.call(endpoint, {**good, "surprise": 1}, key=key_for(endpoint))
        assert (refused.status, refused.paths) == (400, ["surprise"]), name_of(endpoint)
        assert world.service.kept() == before, name_of(endpoint)

        answer = await world.call(endpoint, key=key_for(endpoint))
        assert (answer.status, answer.is_replay) == (endpoint.status, False), name_of(endpoint)


@pytest.mark.parametrize("key", ["", " ", "two words", "ü", "x" * 256])
async def test_a_key_that_is_no_key_is_refused(world: World, key: str) -> None:
    before = world.service.kept()

    for endpoint in keyed(world):
        answer = await world.call(endpoint, key=key)
        assert (answer.status, answer.paths) == (400, ["Idempotency-Key"]), name_of(endpoint)

    assert world.service.kept() == before


async def test_every_example_is_a_body_that_can_be_read(world: World) -> None:
    # What an example names is not in this world; that it was looked for shows that it was read.
    refused_by_sense = {
        "channel_not_configured",
        "coupon_code_not_found",
        "coupon_refused",
        "grant_not_found",
        "hold_not_found",
        "insufficient_credits",
        "order_not_found",
        "plan_not_found",
        "quote_invalid",
        "return_url_not_allowed",
        "subscription_not_named",
        "transaction_not_found",
    }

    for endpoint in world.service.endpoints:
        if endpoint.body is None:
            continue
        assert endpoint.example is not None, name_of(endpoint)
        answer = await world.call(endpoint, dict(endpoint.example), key=key_for(endpoint))
        is_read = answer.status == endpoint.status or answer.code in refused_by_sense
        assert is_read, (name_of(endpoint), answer.body)


async def test_a_malformed_id_in_a_path_is_just_an_unknown_one(world: World) -> None:
    ids_of_ours = [
        e for e in world.service.endpoints if "{id}" in e.path and "/accounts/" not in e.path
    ]
    unknown = "00000009-0000-7000-8000-000000000009"

    for endpoint in ids_of_ours:
        good = world.good[name_of(endpoint)]
        for given in (unknown, "1", "%00", "..%2F", "x" * 500, unknown.upper()[:-1] + "G", "ü"):
            path = endpoint.path.replace("{id}", given)
            caller = world.caller(endpoint)
            key = key_for(endpoint)
            answer = await caller.send(endpoint.method, path, good.body, key=key)
            assert answer.status == 404, (name_of(endpoint), given)
            assert answer.code != "route_not_found", (name_of(endpoint), given)


async def test_webhooks_alone_are_believed_by_signature(world: World) -> None:
    signed = [e for e in world.service.endpoints if isinstance(e.policy, Signature)]

    assert [name_of(endpoint) for endpoint in signed] == ["POST /payment/webhook/{channel}"]
