"""Creem's published samples and anonymised answers: all are read as they are."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from attrs import evolve

from adapters.providers.creem import wire
from adapters.providers.creem.signature import CHANNEL
from domain.payments.ids import OrderId
from domain.payments.payment import Payment
from domain.payments.provider_event import (
    CheckoutLinked,
    DisputeReported,
    DisputeStatus,
    PeriodPaid,
    ProviderEvent,
    ProviderStatus,
    RefundReported,
    RefundStatus,
    SubscriptionReported,
)
from domain.period import Period
from tests.support.fake_creem.contract import DATA
from tests.support.fake_creem.telling import CreemEvent
from tests.support.fake_creem.world import CreemWorld

Markable = PeriodPaid | SubscriptionReported | RefundReported | DisputeReported

SAMPLES = sorted((DATA / "webhook-samples").glob("*.json"))
ANSWERS: dict[str, type[Any]] = {
    "checkout": wire.CheckoutData,
    "checkout_create": wire.CheckoutData,
    "customer": wire.Named,
    "customer_links": wire.PortalData,
    "customer_page": wire.PagingData,
    "discount": wire.DiscountData,
    "discount_deleted": wire.DiscountData,
    "product": wire.ProductData,
    "product_page": wire.PagingData,
    "subscription": wire.SubscriptionData,
    "transaction": wire.TransactionData,
    "transaction_page": wire.TransactionsData,
}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _reported(
    id: str,
    status: ProviderStatus,
    start: str,
    end: str,
    as_of: str,
    *,
    product: str = "prod_d1AY2Sadk9YAvLI0pj97f",
    cancel_at_period_end: bool = False,
) -> SubscriptionReported:
    return SubscriptionReported(
        channel=CHANNEL,
        provider_subscription_id=id,
        status=status,
        period=Period(_at(start), _at(end)),
        cancel_at_period_end=cancel_at_period_end,
        as_of=_at(as_of),
        reference=product,
    )


ORDER = OrderId("order-1")
PROD = "prod_d1AY2Sadk9YAvLI0pj97f"
SUB = "sub_6pC2lNB6joCRQIZ1aMrTpi"
TRAN = "tran_5yMaWzAl3jxuGJMCOrYWwk"
FIRST = ("2024-10-12T11:58:38Z", "2024-11-12T11:58:38Z")

MEANING: dict[str, ProviderEvent] = {
    "checkout.completed": CheckoutLinked(
        order_id=ORDER,
        channel=CHANNEL,
        customer_id="cust_1OcIK1GEuVvXZwD19tjq2z",
        provider_subscription_id=SUB,
    ),
    "subscription.paid": PeriodPaid(
        provider_subscription_id=SUB,
        payment=Payment(
            channel=CHANNEL,
            provider_payment_id=TRAN,
            net_minor=1000,
            tax_minor=210,
            currency="EUR",
            paid_at=_at("2024-10-12T11:58:47.109Z"),
        ),
        period=Period(_at(FIRST[0]), _at(FIRST[1])),
        reference=PROD,
        customer_id="cust_1OcIK1GEuVvXZwD19tjq2z",
    ),
    # It tells no period: that is asked for. That it carries `canceled_at` means nothing.
    "subscription.active": _reported(
        "sub_21lfZb67szyvMiXnm6SVi0",
        ProviderStatus.ACTIVE,
        "2024-09-16T19:40:41Z",
        "2024-10-16T19:40:41Z",
        "2024-09-16T19:40:42.121Z",
        product="prod_AnVJ11ujp7x953ARpJvAF",
    ),
    "subscription.trialing": _reported(
        "sub_dxiauR8zZOwULx5QM70wJ",
        ProviderStatus.TRIALING,
        "2025-02-19T11:18:25Z",
        "2025-02-26T11:18:25Z",
        "2025-02-19T11:18:30.674Z",
        product="prod_3kpf0ZdpcfsSCQ3kDiwg9m",
    ),
    "subscription.update": _reported(
        "sub_2qAuJgWmXhXHAuef9k4Kur",
        ProviderStatus.ACTIVE,
        "2025-01-26T11:20:36Z",
        "2025-02-26T11:20:36Z",
        "2025-01-26T11:22:16.388Z",
        # Its items still name the product of before: what counts is the subscription's own.
        product="prod_1dP15yoyogQe2seEt1Evf3",
    ),
    "subscription.scheduled_cancel": _reported(
        SUB, ProviderStatus.ACTIVE, *FIRST, "2024-10-12T11:59:15.827Z", cancel_at_period_end=True
    ),
    "subscription.canceled": _reported(
        SUB, ProviderStatus.CANCELED, *FIRST, "2024-10-12T11:58:57.827Z"
    ),
    "subscription.past_due": _reported(
        SUB, ProviderStatus.PAST_DUE, *FIRST, "2024-11-12T12:05:30.827Z"
    ),
    "subscription.unpaid": _reported(
        "sub_3xx35QzxsnpFiJ3vRB9YKt",
        ProviderStatus.PAST_DUE,
        "2026-02-28T07:56:07.282Z",
        "2026-03-30T07:56:07.282Z",
        "2026-02-28T07:56:40.331Z",
        product="prod_L8mMzoYLOOZpMpTBwGw0k",
    ),
    # Its period has no length and its status is still active; only `canceled` would be the end.
    "subscription.expired": _reported(
        "sub_7FgHvrOMC28tG5DEemoCli",
        ProviderStatus.PAST_DUE,
        "2024-12-16T12:39:47Z",
        "2025-12-16T12:39:47Z",
        "2024-12-17T19:31:12.058Z",
        product="prod_3ELsC3Lt97orn81SOdgQI3",
    ),
    "subscription.paused": _reported(
        "sub_3ZT1iYMeDBpiUpRTqq4veE",
        ProviderStatus.PAUSED,
        "2025-08-01T09:51:47Z",
        "2025-09-01T09:51:47Z",
        "2025-08-01T09:52:26.822Z",
        product="prod_sYwbyE1tPbsqbLu6S0bsR",
    ),
    "refund.created": RefundReported(
        channel=CHANNEL,
        refund_id=f"{TRAN}:refund:1210",
        payment_ids=(TRAN, "ord_4aDwWXjMLpes4Kj4XqNnUA"),
        amount_minor=1210,
        currency="EUR",
        status=RefundStatus.SUCCEEDED,
        as_of=_at("2024-10-12T11:59:11.525Z"),
        sum_minor=1210,
    ),
    "dispute.created": DisputeReported(
        channel=CHANNEL,
        dispute_id="tran_4Dk8CxWFdceRUQgMFhCCXX:dispute",
        payment_ids=("tran_4Dk8CxWFdceRUQgMFhCCXX", "ord_57bf8042UmG8fFypxZrfnj"),
        amount_minor=1331,
        currency="EUR",
        status=DisputeStatus.OPEN,
        as_of=_at("2025-06-26T12:34:24.728Z"),
    ),
}


def _sample(path: Path) -> CreemEvent:
    body = path.read_bytes()
    content = json.loads(body)
    return CreemEvent(id=content["id"], type=content["eventType"], body=body)


def _know_what_they_leave_out(world: CreemWorld) -> None:
    """Enter at the fake what the samples are about, and what one sample tells of another."""
    refund = json.loads((DATA / "webhook-samples" / "refund.created.json").read_text("utf-8"))
    world.books.transactions[TRAN] = refund["object"]["transaction"] | {"status": "paid"}
    for path in SAMPLES:
        about = json.loads(path.read_text("utf-8"))["object"]
        if about["object"] != "subscription" or about["id"] == SUB:
            continue
        # What the API answers holds more than what the samples show.
        about["product"] |= {"object": "product", "mode": "test"}
        about["product"].pop("image_url", None)
        about.pop("items", None)
        about["mode"] = about["customer"]["mode"] = "test"
        world.books.subscriptions[about["id"]] = about
    active = world.books.subscriptions["sub_21lfZb67szyvMiXnm6SVi0"]
    active["current_period_start_date"] = "2024-09-16T19:40:41.000Z"
    active["current_period_end_date"] = "2024-10-16T19:40:41.000Z"
    dispute = json.loads((DATA / "webhook-samples" / "dispute.created.json").read_text("utf-8"))
    disputed = dispute["object"]["subscription"] | {"mode": "test", "metadata": {}}
    world.books.subscriptions[disputed["id"]] = active | disputed
    transaction = world.books.transactions[TRAN]
    transaction |= {"mode": "test", "refunded_amount": None}


def test_thirteen_samples_are_judged() -> None:
    assert {path.stem for path in SAMPLES} == set(MEANING)
    assert len(SAMPLES) == 13


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: str(path.stem))
async def test_a_published_sample_is_accepted_as_it_is(world: CreemWorld, path: Path) -> None:
    _know_what_they_leave_out(world)

    facts = await world.taken(_sample(path))

    meaning = MEANING[path.stem]
    if isinstance(meaning, CheckoutLinked):
        # Nothing in the samples names an order of ours.
        assert facts == ()
    else:
        assert isinstance(meaning, Markable)
        assert facts == (evolve(meaning, bears_our_mark=False),)


async def test_a_published_sample_that_bears_our_marks_is_ours(world: CreemWorld) -> None:
    marks = {"order_id": ORDER, "account_id": "somebody"}
    for name in ("checkout.completed", "subscription.scheduled_cancel", "refund.created"):
        sample = _sample(DATA / "webhook-samples" / f"{name}.json")
        content = sample.content
        for part in (content["object"], content["object"].get("checkout", {})):
            part["metadata"] = marks
        marked = evolve(sample, body=json.dumps(content).encode())

        assert await world.taken(marked) == (MEANING[name],)


@pytest.mark.parametrize("name", [path.stem for path in (DATA / "response-fixtures").glob("*")])
def test_an_answer_of_the_real_api_is_read(name: str) -> None:
    body = (DATA / "response-fixtures" / f"{name}.json").read_bytes()
    if name in {"customer_page", "product_page"}:
        body = msgspec.json.decode(body, type=dict[str, msgspec.Raw])["pagination"]

    read = msgspec.json.decode(body, type=ANSWERS[name])

    assert isinstance(read, ANSWERS[name])


EXPANDED: dict[str, dict[str, Any]] = {
    "product": {"id": "prod_1", "price": 1000},
    "customer": {"id": "cust_1", "object": "customer"},
    "order": {"id": "ord_1", "amount": 1000, "currency": "EUR"},
    "subscription": {"id": "sub_1", "object": "subscription"},
    "transaction": {
        "id": "tran_1",
        "amount": 1000,
        "currency": "EUR",
        "status": "paid",
        "created_at": 1728734327109,
    },
}
HOLDERS: list[tuple[type[Any], dict[str, Any], tuple[str, ...]]] = [
    (
        wire.CheckoutData,
        {"id": "ch_1", "status": "completed"},
        ("product", "customer", "order", "subscription"),
    ),
    (wire.SubscriptionData, {"id": "sub_1", "status": "active"}, ("product", "customer")),
    (wire.TransactionData, EXPANDED["transaction"], ("order", "subscription", "customer")),
    (
        wire.RefundData,
        {
            "id": "ref_1",
            "status": "pending",
            "refund_amount": 1,
            "refund_currency": "EUR",
            "created_at": 0,
        },
        ("transaction", "order"),
    ),
    (
        wire.DisputeData,
        {"id": "disp_1", "amount": 1, "currency": "EUR", "created_at": 0},
        ("transaction", "order"),
    ),
]


@pytest.mark.parametrize(
    ("holder", "required", "name"),
    [
        pytest.param(holder, required, name, id=f"{holder.__name__}.{name}")
        for holder, required, names in HOLDERS
        for name in names
    ],
)
@pytest.mark.parametrize("form", ["id", "object", "null", "missing"])
def test_one_object_may_name_another_by_id_or_hold_it_or_do_neither(
    holder: type[Any], required: dict[str, Any], name: str, form: str
) -> None:
    named = EXPANDED[name]["id"]
    told: dict[str, dict[str, Any]] = {
        "id": {name: named},
        "object": {name: EXPANDED[name]},
        "null": {name: None},
        "missing": {},
    }

    read = msgspec.json.decode(msgspec.json.encode(required | told[form]), type=holder)

    assert wire.id_of(getattr(read, name)) == (named if form in {"id", "object"} else None)


def test_amounts_are_whole_whatever_their_type() -> None:
    assert wire.minor_of(1000) == 1000
    assert wire.minor_of(1000.0) == 1000
    assert wire.minor_of(None) is None


@pytest.mark.parametrize(
    ("moment", "instant"),
    [
        (1728734327109, _at("2024-10-12T11:58:47.109Z")),
        (1728734327109.0, _at("2024-10-12T11:58:47.109Z")),
        ("2024-10-12T11:58:47.109Z", _at("2024-10-12T11:58:47.109Z")),
        ("2024-10-12T13:58:47+02:00", _at("2024-10-12T11:58:47Z")),
        ("2024-10-12T11:58:47", _at("2024-10-12T11:58:47Z")),
        (None, None),
    ],
)
def test_instants_are_read_in_both_forms(
    moment: float | str | None, instant: datetime | None
) -> None:
    assert wire.instant_of(moment) == instant
