"""What Creem tells, in our words."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from adapters.providers.creem.signature import CHANNEL
from domain.payments.errors import WebhookUnreadable
from domain.payments.payment import Payment
from domain.payments.provider_event import (
    CheckoutLinked,
    CheckoutPaid,
    DisputeReported,
    DisputeStatus,
    PeriodPaid,
    ProviderEvent,
    ProviderStatus,
    RefundReported,
    RefundStatus,
    SubscriptionReported,
    TrialBegun,
)
from domain.period import Period
from tests.support.clock import NOON
from tests.support.fake_creem.telling import CreemEvent, an_event
from tests.support.fake_creem.world import (
    CreemWorld,
    a_pack_order,
    a_subscription_order,
)


def _one(facts: tuple[ProviderEvent, ...]) -> ProviderEvent:
    (fact,) = facts
    return fact


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


async def test_a_paid_one_off_checkout_pays_its_order_once_for_each_of_creems_orders(
    world: CreemWorld,
) -> None:
    order = a_pack_order()
    checkout_id = await world.sold(order, world.books.add_product(), tax_percent=21)

    fact = _one(await world.taken(world.books.events[-1]))

    checkout = world.books.checkouts[checkout_id]
    assert fact == CheckoutPaid(
        order_id=order.id,
        payment=Payment(
            channel=CHANNEL,
            provider_payment_id=checkout["order"]["id"],
            net_minor=1000,
            tax_minor=210,
            currency="EUR",
            paid_at=_instant(checkout["order"]["created_at"]),
        ),
        account_id=order.account_id,
        customer_id=checkout["customer"]["id"],
    )


async def test_the_first_period_of_a_subscription_names_its_order(world: CreemWorld) -> None:
    order = a_subscription_order()
    subscription_id = await world.subscribed(order)
    subscription = world.books.subscriptions[subscription_id]

    linked = _one(await world.taken(world.books.told("checkout.completed")[0]))
    paid = _one(await world.taken(world.books.told("subscription.paid")[0]))

    customer_id = subscription["customer"]["id"]
    assert linked == CheckoutLinked(
        order_id=order.id,
        channel=CHANNEL,
        customer_id=customer_id,
        provider_subscription_id=subscription_id,
    )
    assert isinstance(paid, PeriodPaid)
    assert paid.order_id == order.id
    assert paid.customer_id == customer_id
    assert paid.payment.provider_payment_id == subscription["last_transaction_id"]
    assert paid.period == Period(
        _instant(subscription["current_period_start_date"]),
        _instant(subscription["current_period_end_date"]),
    )


async def test_a_renewal_is_another_payment_of_the_next_period(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    transaction_id = world.books.renew(subscription_id, tax_percent=19)

    first, second = [
        _one(await world.taken(each)) for each in world.books.told("subscription.paid")
    ]

    assert isinstance(first, PeriodPaid)
    assert isinstance(second, PeriodPaid)
    assert second.payment.provider_payment_id == transaction_id
    assert second.payment.tax_minor == 190
    assert second.period.start_at == first.period.end_at


STANDINGS: dict[str, tuple[str, ProviderStatus, bool]] = {
    "subscription.active": ("active", ProviderStatus.ACTIVE, False),
    "subscription.trialing": ("trialing", ProviderStatus.TRIALING, False),
    "subscription.update": ("active", ProviderStatus.ACTIVE, False),
    "subscription.scheduled_cancel": ("scheduled_cancel", ProviderStatus.ACTIVE, True),
    "subscription.canceled": ("canceled", ProviderStatus.CANCELED, False),
    "subscription.past_due": ("past_due", ProviderStatus.PAST_DUE, False),
    "subscription.unpaid": ("unpaid", ProviderStatus.PAST_DUE, False),
    "subscription.paused": ("paused", ProviderStatus.PAUSED, False),
}


@pytest.mark.parametrize("is_published", [False, True], ids=["in full", "as published"])
@pytest.mark.parametrize("type", STANDINGS)
async def test_how_a_subscription_stands_is_reported_as_of_its_change(
    world: CreemWorld, type: str, is_published: bool
) -> None:
    status, reported, is_ending = STANDINGS[type]
    subscription_id = await world.subscribed()
    world.books.become(subscription_id, status, told_as=type.removeprefix("subscription."))
    told = world.books.events[-1]

    facts = await world.taken(told.as_published() if is_published else told)

    subscription = world.books.subscriptions[subscription_id]
    assert [isinstance(fact, TrialBegun) for fact in facts[:-1]] == (
        [True] if reported is ProviderStatus.TRIALING else []
    )
    assert facts[-1] == SubscriptionReported(
        channel=CHANNEL,
        provider_subscription_id=subscription_id,
        status=reported,
        period=Period(
            _instant(subscription["current_period_start_date"]),
            _instant(subscription["current_period_end_date"]),
        ),
        cancel_at_period_end=is_ending,
        as_of=_instant(subscription["updated_at"]),
        reference=subscription["product"]["id"],
    )


async def test_a_period_that_ran_out_unpaid_is_overdue_though_the_status_says_active(
    world: CreemWorld,
) -> None:
    subscription_id = await world.subscribed()
    world.books.clock.advance(days=40)
    told = world.books.tell("subscription.expired", world.books.subscriptions[subscription_id])

    fact = _one(await world.taken(told))

    assert isinstance(fact, SubscriptionReported)
    assert fact.status is ProviderStatus.PAST_DUE
    assert fact.as_of == _instant("1970-01-01T00:00:00Z") + timedelta(
        milliseconds=told.content["created_at"]
    )


async def test_a_period_that_ran_out_and_was_paid_since_is_not_overdue(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    world.books.clock.advance(days=31)
    told = world.books.tell("subscription.expired", world.books.subscriptions[subscription_id])
    world.books.renew(subscription_id)

    fact = _one(await world.taken(told))

    assert isinstance(fact, SubscriptionReported)
    assert fact.status is ProviderStatus.ACTIVE


@pytest.mark.parametrize("is_published", [False, True], ids=["in full", "as published"])
async def test_a_refund_of_a_pack_leads_to_its_order(world: CreemWorld, is_published: bool) -> None:
    checkout_id = await world.sold(a_pack_order(), world.books.add_product(), tax_percent=21)
    order = world.books.checkouts[checkout_id]["order"]
    world.books.refund(order["transaction"])
    told = world.books.events[-1]

    fact = _one(await world.taken(told.as_published() if is_published else told))

    assert isinstance(fact, RefundReported)
    assert fact.payment_ids == (order["id"], order["transaction"])
    assert fact.amount_minor == 1210
    assert fact.status is RefundStatus.SUCCEEDED


async def test_a_refund_of_a_period_leads_to_its_payment(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    transaction = next(world.books.transactions_of(subscription_id))
    world.books.refund(transaction["id"])

    fact = _one(await world.taken(world.books.events[-1]))

    assert isinstance(fact, RefundReported)
    assert fact.payment_ids == (transaction["id"], transaction["order"])


async def test_parts_given_back_one_after_the_other_are_different_refunds(
    world: CreemWorld,
) -> None:
    subscription_id = await world.subscribed()
    transaction = next(world.books.transactions_of(subscription_id))
    for amount in (300, 300, None):
        world.books.refund(transaction["id"], amount)

    facts = [_one(await world.taken(each)) for each in world.books.told("refund.created")]

    ids = [each.refund_id for each in facts if isinstance(each, RefundReported)]
    amounts = [each.amount_minor for each in facts if isinstance(each, RefundReported)]
    sums = [each.sum_minor for each in facts if isinstance(each, RefundReported)]
    assert ids == [f"{transaction['id']}:refund:{back}" for back in (300, 600, 1000)]
    assert amounts == [300, 300, 400]
    assert sums == [300, 600, 1000]


async def test_a_pending_refund_and_the_payment_read_back_later_tell_of_one_refund(
    world: CreemWorld,
) -> None:
    subscription_id = await world.subscribed()
    transaction = next(world.books.transactions_of(subscription_id))
    world.books.refunds_pend = True
    world.books.refund(transaction["id"])
    pending = _one(await world.taken(world.books.events[-1]))

    before = await world.provider.read_payment(transaction["id"])
    world.books.settle_refund(transaction["id"])
    settled = _one(await world.provider.read_payment(transaction["id"]))

    assert before == ()
    assert isinstance(pending, RefundReported)
    assert isinstance(settled, RefundReported)
    assert pending.status is RefundStatus.PENDING
    assert settled == evolve(pending, status=RefundStatus.SUCCEEDED, as_of=NOON)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", RefundStatus.PENDING),
        ("requiresAction", RefundStatus.PENDING),
        ("requires_action", RefundStatus.PENDING),
        ("succeeded", RefundStatus.SUCCEEDED),
        ("failed", RefundStatus.FAILED),
        ("canceled", RefundStatus.FAILED),
    ],
)
async def test_a_refunds_status_is_one_of_three(
    world: CreemWorld, word: str, status: RefundStatus
) -> None:
    await world.sold(a_pack_order(), world.books.add_product())
    world.books.refund(next(iter(world.books.transactions)))
    told = world.books.events[-1].content["object"] | {"status": word}

    fact = _one(await world.taken(an_event("evt_x", "refund.created", 0, told)))

    assert isinstance(fact, RefundReported)
    assert fact.status is status


@pytest.mark.parametrize("is_published", [False, True], ids=["in full", "as published"])
async def test_a_dispute_told_and_read_back_is_one_dispute_and_no_refund(
    world: CreemWorld, is_published: bool
) -> None:
    subscription_id = await world.subscribed()
    transaction = next(world.books.transactions_of(subscription_id))
    world.books.dispute(transaction["id"])
    told = world.books.events[-1]

    fact = _one(await world.taken(told.as_published() if is_published else told))
    read = _one(await world.provider.read_payment(transaction["id"]))

    assert isinstance(fact, DisputeReported)
    assert fact.status is DisputeStatus.OPEN
    assert fact.amount_minor == 1000
    assert read == evolve(fact, as_of=NOON)


async def test_a_checkout_that_is_none_of_ours_causes_nothing(world: CreemWorld) -> None:
    product_id = world.books.add_product()
    opened = world.books.open_checkout({"product_id": product_id})
    world.books.pay(opened["id"])

    assert await world.taken(world.books.events[-1]) == ()


async def test_an_order_not_paid_yet_is_looked_at_again_before_it_is_left_alone(
    world: CreemWorld,
) -> None:
    checkout_id = await world.sold(a_pack_order(), world.books.add_product())
    told = world.books.events[-1].content
    told["object"]["order"]["status"] = "pending"
    late = CreemEvent(id="evt_x", type="checkout.completed", body=json.dumps(told).encode())

    paid_since = await world.taken(late)
    world.books.checkouts[checkout_id]["order"] |= {"status": "pending"}
    still_unpaid = await world.taken(late)

    assert isinstance(_one(paid_since), CheckoutPaid)
    assert still_unpaid == ()


@pytest.mark.parametrize("name", ["order", "transaction"])
async def test_what_is_only_named_is_asked_for(world: CreemWorld, name: str) -> None:
    await world.sold(a_pack_order(), world.books.add_product())
    world.books.refund(next(iter(world.books.transactions)))
    told_as = "checkout.completed" if name == "order" else "refund.created"
    whole = world.books.told(told_as)[0]
    content = whole.content
    content["object"][name] = content["object"][name]["id"]
    named = CreemEvent(id=whole.id, type=told_as, body=json.dumps(content).encode())

    assert await world.taken(named) == await world.taken(whole)


async def test_the_other_form_of_an_envelope_is_read_too(world: CreemWorld) -> None:
    await world.sold(a_pack_order(), world.books.add_product())
    content = world.books.events[-1].content
    content["type"], content["data"] = content.pop("eventType"), content.pop("object")
    other = CreemEvent(id="evt_x", type="checkout.completed", body=json.dumps(content).encode())

    assert await world.taken(other) == await world.taken(world.books.events[-1])


async def test_a_payment_nobody_knows_yet_is_told_again_later(world: CreemWorld) -> None:
    await world.subscribed()
    told = world.books.told("subscription.paid")[0].as_published()
    world.books.transactions.clear()

    with pytest.raises(WebhookUnreadable, match="no such thing"):
        await world.taken(told)
