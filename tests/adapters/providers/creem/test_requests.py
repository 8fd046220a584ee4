"""Every request we can make, against Creem's schemas and what its official library sends."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from application.ports.provider_calls import (
    ChangeBilling,
    PlanChange,
    RefundReason,
    RefundRequest,
    SubscriptionAction,
)
from tests.support.clock import NOON
from tests.support.fake_creem.calls import ANSWERS
from tests.support.fake_creem.contract import DATA, problems_of_request
from tests.support.fake_creem.world import (
    CreemWorld,
    a_pack_order,
    a_subscription_order,
)

RECORDED: list[dict[str, Any]] = json.loads(
    (DATA / "sdk-recorded-requests.json").read_text("utf-8")
)["requests"]


def _route(method: str, path: str) -> str:
    given = f"{method} {path.partition('?')[0]}"
    for route in ANSWERS:
        if re.fullmatch(re.escape(route).replace(r"\{id\}", "[^/]+"), given):
            return route
    raise AssertionError(f"no route for {method} {path}")


async def _use_everything(world: CreemWorld) -> None:
    """Make every call there is, once or more."""
    provider, books = world.provider, world.books
    pack = books.add_product(price=1000)
    opened = await world.opened(a_pack_order(discount_minor=100), pack, email="a@example.com")
    books.pay(opened.session_id)
    await provider.read_checkout(opened.session_id)
    await provider.open_portal(next(iter(books.customers)), "https://shop.example")
    await provider.read_price(pack)
    plan = books.add_product(period="every-month")
    order = a_subscription_order(discount_minor=100)
    first = await world.opened(order, plan, customer_id=next(iter(books.customers)))
    books.pay(first.session_id)
    subscription = next(iter(books.subscriptions))
    for action in (
        SubscriptionAction.PAUSE,
        SubscriptionAction.RESUME,
        SubscriptionAction.CANCEL_AT_PERIOD_END,
        SubscriptionAction.UNDO_CANCEL,
    ):
        await provider.act(subscription, action, "key")
    change = PlanChange(
        key="key",
        provider_subscription_id=subscription,
        reference=books.add_product(price=2000, period="every-year"),
        billing=ChangeBilling.NOW,
        proration_at=NOON,
    )
    await provider.preview_change(change)
    await provider.change_plan(change)
    await provider.act(subscription, SubscriptionAction.CANCEL_NOW, "key")
    await provider.read_subscription(subscription)
    transaction = next(books.transactions_of(subscription))
    refund = RefundRequest(
        key="key",
        provider_payment_id=transaction["id"],
        amount_minor=None,
        reason=RefundReason.REQUESTED,
    )
    await provider.refund(refund)
    await provider.read_payment(transaction["order"])
    since = NOON - timedelta(days=1)
    _ = [event async for event in provider.pull(since)]
    await provider.list_known(since, None)
    await provider.list_known(since, "subscriptions:1")
    books.discount_factor = 100
    wrong = a_subscription_order(discount_minor=100)
    with pytest.raises(Exception, match="another discount"):
        await world.opened(wrong, plan)


async def test_every_call_we_can_make_is_one_creem_knows(world: CreemWorld) -> None:
    await _use_everything(world)

    asked = {call.route for call in world.fake.calls}
    # The code of a discount is only asked for after something went wrong with making it.
    assert asked == set(ANSWERS) - {"GET /v1/discounts"}
    assert world.fake.violations == []


async def test_our_requests_are_shaped_as_the_official_librarys(world: CreemWorld) -> None:
    await _use_everything(world)

    for recorded in RECORDED:
        if recorded["sdk"].startswith("subscriptions.update"):
            # Units of a subscription are nothing we sell.
            continue
        route = _route(recorded["method"], recorded["path"])
        bodies = world.fake.asked_for(route)
        assert bodies, recorded["sdk"]
        for body in bodies:
            _assert_alike(body, recorded["body"])


def _assert_alike(ours: Any, theirs: Any) -> None:
    if theirs is None or ours is None:
        assert ours is theirs
        return
    # The recorded examples do not use every parameter; what both use is of one type.
    for name in set(ours) & set(theirs):
        assert type(ours[name]) is type(theirs[name]), name


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda each: str(each["sdk"]))
def test_the_judge_accepts_what_the_official_library_sends(recorded: dict[str, Any]) -> None:
    method, path = recorded["method"], recorded["path"]
    if recorded["sdk"].startswith("subscriptions.update"):
        route = "POST /v1/subscriptions/{id}"
    else:
        route = _route(method, path)
    path, _, query = path.partition("?")
    body = recorded["body"]

    problems = problems_of_request(
        route,
        path,
        dict(pair.split("=") for pair in query.split("&") if pair),
        {"x-api-key": "creem_test_1"},
        b"" if body is None else json.dumps(body).encode(),
    )

    assert problems == []


WRONG: dict[str, tuple[str, dict[str, str], Any]] = {
    "a product under another name": ("POST /v1/checkouts", {}, {"product": "prod_1"}),
    "a parameter nobody knows": (
        "POST /v1/checkouts",
        {},
        {"product_id": "prod_1", "cancel_url": "https://a"},
    ),
    "an amount as text": ("POST /v1/checkouts", {}, {"product_id": "p", "custom_price": "5"}),
    "a discount for no product": (
        "POST /v1/discounts",
        {},
        {"name": "x", "type": "fixed", "amount": 5, "currency": "EUR", "duration": "once"},
    ),
    "a way to cancel that is none": (
        "POST /v1/subscriptions/{id}/cancel",
        {},
        {"mode": "now", "onExecute": "cancel"},
    ),
    "camel case": (
        "POST /v1/subscriptions/{id}/upgrade",
        {},
        {"product_id": "p", "updateBehavior": "proration-none"},
    ),
    "a refund of a part": ("POST /v1/refunds", {}, {"transaction_id": "t", "amount": 5}),
    "a body where there is none": ("POST /v1/subscriptions/{id}/pause", {}, {}),
    "a page that is no number": ("GET /v1/transactions/search", {"page_number": "x"}, None),
    "a query nobody knows": ("GET /v1/transactions/search", {"page": "1"}, None),
    "a read of nothing": ("GET /v1/checkouts", {}, None),
}


@pytest.mark.parametrize("case", WRONG)
def test_the_judge_refuses_what_creem_would(case: str) -> None:
    route, query, body = WRONG[case]
    path = route.split(" ")[1].replace("{id}", "sub_1")
    encoded = b"" if body is None else json.dumps(body).encode()

    assert problems_of_request(route, path, query, {"x-api-key": "creem_test_1"}, encoded)


def test_the_judge_refuses_a_call_without_a_key() -> None:
    query = {"checkout_id": "ch_1"}

    assert problems_of_request("GET /v1/checkouts", "/v1/checkouts", query, {}, b"")
