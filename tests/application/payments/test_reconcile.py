"""What webhooks did not tell is found at the providers, shown, and mended once."""

import pytest
from attrs import evolve

from application.ports.provider import Capability
from domain.credits.ids import AccountId
from domain.payments.errors import (
    CapabilityMissing,
    ChannelUnknown,
    WebhookUnreadable,
)
from domain.payments.inbox import InboxStatus
from domain.payments.order import OrderStatus
from domain.payments.provider_event import (
    CheckoutExpired,
    CheckoutLinked,
    DisputeReported,
    DisputeStatus,
    ProviderStatus,
    RefundReported,
    RefundStatus,
)
from domain.payments.reconciliation import Drift
from domain.subscriptions.subscription import SubscriptionStatus
from tests.application.lost_news import (
    DAY,
    ELSEWHERE,
    SECOND,
    SILENT,
    bought,
    happens,
    problems,
    proposals,
    renewal,
    report,
    subscribed,
)
from tests.application.shop import ADMIN, Shop, paid
from tests.support.builders.credits import SOMEBODY_ELSE
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON
from tests.support.fake_provider import NOTHING, MarionetteProvider


async def test_without_anything_lost_there_is_no_drift(shop: Shop) -> None:
    order = await bought(shop)
    event_id = happens(shop, paid(order))
    await shop.hears(paid(order), event_id)

    found = await shop.reconciles()

    assert (found.compared, found.drift, found.unread) == (1, [], [])


async def test_a_lost_payment_is_shown_with_what_would_be_done_and_nothing_changes(
    shop: Shop,
) -> None:
    order = await bought(shop)
    event_id = happens(shop, paid(order))
    before = shop.kept()

    found = await shop.reconciles(is_to_be_applied=False)

    assert found.drift == [
        Drift(
            channel=SANDBOX,
            about=f"told {event_id}",
            proposal=(f"order {order.id} paid", "granted 500 credits"),
        )
    ]
    assert shop.kept() == before


async def test_a_lost_payment_is_credited_once_and_a_second_run_finds_nothing(shop: Shop) -> None:
    order = await bought(shop)
    event_id = happens(shop, paid(order))

    found = await shop.reconciles()
    after = shop.kept()
    again = await shop.reconciles()

    (drift,) = found.drift
    assert drift.is_applied
    assert (await shop.order(order.id)).status is OrderStatus.PAID
    assert (await shop.balance(), again.drift, shop.kept()) == (500, [], after)
    event = await shop.event(event_id)
    assert (event.status, event.effects) == (InboxStatus.APPLIED, drift.proposal)


async def test_a_repair_stands_in_the_audit_log_with_its_reason(shop: Shop) -> None:
    order = await bought(shop)
    event_id = happens(shop, paid(order))

    await shop.reconciles()

    (line,) = shop.audited()
    assert (line.actor, line.action) == (ADMIN, "reconcile.apply")
    assert (line.target, line.reason) == (
        f"{SANDBOX}:told {event_id}",
        "the webhooks did not come",
    )
    assert "granted 500 credits" in line.after


async def test_the_webhook_that_comes_after_the_repair_does_nothing_more(shop: Shop) -> None:
    order = await bought(shop)
    event_id = happens(shop, paid(order))
    await shop.reconciles()

    await shop.hears(None, event_id)
    await shop.hears(paid(order), "another")

    assert (await shop.balance(), shop.payments()) == (500, 1)


async def test_what_failed_in_the_inbox_is_mended_too(shop: Shop) -> None:
    order = await bought(shop)
    event_id = happens(shop, WebhookUnreadable(channel=SANDBOX, problem="not yet"))
    assert (await shop.hears(None, event_id)).status is InboxStatus.FAILED
    shop.provider.meanings[event_id] = paid(order)

    await shop.reconciles()

    event = await shop.event(event_id)
    assert (event.status, event.error, await shop.balance()) == (InboxStatus.APPLIED, None, 500)


async def test_what_means_nothing_is_asked_about_once(shop: Shop) -> None:
    event_id = happens(shop, NOTHING)

    first = await shop.reconciles()
    shop.provider.meanings[event_id] = ZeroDivisionError()
    second = await shop.reconciles()

    assert (first.drift, second.drift) == ([], [])
    assert (await shop.event(event_id)).status is InboxStatus.IGNORED


@pytest.mark.parametrize("is_to_be_applied", [True, False])
async def test_facts_that_depend_on_each_other_are_mended_in_one_run_in_any_order(
    shop: Shop, *, is_to_be_applied: bool
) -> None:
    # The provider lists the newest first, so that every one comes before what it depends on.
    began = await subscribed(shop)
    happens(shop, began)
    shop.clock.now = SECOND.start_at + DAY
    happens(shop, renewal())
    happens(shop, report(shop, ProviderStatus.PAST_DUE))
    shop.provider.reports["sub_1"] = report(shop, ProviderStatus.PAST_DUE)

    found = await shop.reconciles(is_to_be_applied=is_to_be_applied, since=NOON)

    assert problems(found) == []
    assert [len(drift.proposal) > 0 for drift in found.drift] == [True, True, True]
    if is_to_be_applied:
        (subscription,) = shop.subscriptions()
        assert subscription.status is SubscriptionStatus.PAST_DUE
        assert (shop.payments(), subscription.period) == (2, SECOND)
        assert await shop.is_proved()
    else:
        assert shop.payments() == 0


@pytest.mark.parametrize("is_to_be_applied", [True, False])
async def test_a_refund_of_a_payment_nobody_told_of_is_mended_after_the_payment(
    shop: Shop, *, is_to_be_applied: bool
) -> None:
    order = await bought(shop)
    news = paid(order)
    happens(shop, news)
    refund = RefundReported(
        channel=SANDBOX,
        refund_id="re_1",
        payment_ids=(news.payment.provider_payment_id,),
        amount_minor=250,
        currency="USD",
        status=RefundStatus.SUCCEEDED,
        as_of=shop.clock(),
    )
    happens(shop, refund)

    found = await shop.reconciles(is_to_be_applied=is_to_be_applied)

    assert problems(found) == []
    assert proposals(found)[0] == f"order {order.id} paid"
    assert "refund re_1 succeeded" in proposals(found)
    status = (await shop.order(order.id)).status
    expected = OrderStatus.PARTIALLY_REFUNDED if is_to_be_applied else OrderStatus.PENDING
    assert (status, await shop.balance()) == (expected, 250 if is_to_be_applied else 0)


@pytest.mark.parametrize("status", [DisputeStatus.INQUIRY, DisputeStatus.OPEN])
async def test_how_a_dispute_ended_is_asked_since_not_every_provider_announces_it(
    shop: Shop, status: DisputeStatus
) -> None:
    order = await bought(shop)
    news = paid(order)
    await shop.hears(news)
    payment_id = news.payment.provider_payment_id
    opened = DisputeReported(
        channel=SANDBOX,
        dispute_id="dp_1",
        payment_ids=(payment_id,),
        amount_minor=500,
        currency="USD",
        status=status,
        as_of=shop.clock(),
    )
    await shop.hears(opened)
    lost = evolve(opened, status=DisputeStatus.LOST, as_of=shop.clock.advance(days=30))
    shop.provider.reversals[payment_id] = (lost,)

    found = await shop.reconciles()
    again = await shop.reconciles()

    assert [drift.about for drift in found.drift] == [f"payment {payment_id}"]
    assert (await shop.balance(), problems(found), again.drift) == (0, [], [])


async def test_two_tellings_of_one_fact_are_shown_as_one_difference(shop: Shop) -> None:
    order = await bought(shop)
    assert order.session_id is not None
    happens(shop, paid(order))
    happens(shop, paid(order))
    shop.provider.sessions[order.session_id] = (paid(order),)

    found = await shop.reconciles(is_to_be_applied=False)

    assert (found.compared, len(found.drift)) == (3, 1)


async def test_an_outage_of_four_days_is_closed_in_one_cycle(shop: Shop) -> None:
    """Every webhook is lost: payments, a decline, a subscription, a cancellation."""
    began = await subscribed(shop)
    await shop.hears(began)
    accounts = [AccountId(f"buyer-{number}") for number in range(40)]
    orders = [await bought(shop, account_id) for account_id in accounts]
    for number, order in enumerate(orders):
        shop.clock.advance(hours=96 / len(orders))
        happens(shop, CheckoutExpired(order_id=order.id) if number % 10 == 9 else paid(order))
    shop.provider.reports["sub_1"] = report(shop, ProviderStatus.CANCELED)
    await shop.gives_up()

    found = await shop.reconciles()
    after = shop.kept()
    again = await shop.reconciles()

    assert problems(found) == []
    for number, (account_id, order) in enumerate(zip(accounts, orders, strict=True)):
        is_paid = number % 10 != 9
        status = (await shop.order(order.id)).status
        assert status is (OrderStatus.PAID if is_paid else OrderStatus.EXPIRED)
        assert await shop.balance(account_id) == (500 if is_paid else 0)
    assert [each.status for each in shop.subscriptions()] == [SubscriptionStatus.CANCELED]
    assert (again.drift, shop.kept(), shop.payments()) == ([], after, 37)
    assert await shop.is_proved()


async def test_a_checkout_that_was_paid_is_found_even_without_its_event(shop: Shop) -> None:
    order = await bought(shop)
    assert order.session_id is not None
    shop.provider.sessions[order.session_id] = (paid(order),)

    found = await shop.reconciles()

    assert [drift.about for drift in found.drift] == [f"checkout {order.session_id}"]
    assert await shop.balance() == 500


async def test_a_subscription_that_stands_differently_there_is_brought_in_line(shop: Shop) -> None:
    await shop.hears(await subscribed(shop))
    shop.clock.advance(hours=1)
    shop.provider.reports["sub_1"] = report(shop, ProviderStatus.PAST_DUE)

    found = await shop.reconciles()

    (subscription,) = shop.subscriptions()
    assert proposals(found) == [f"subscription {subscription.id} past_due"]
    assert subscription.status is SubscriptionStatus.PAST_DUE


async def test_a_customer_record_of_another_account_is_no_drift_for_ever(shop: Shop) -> None:
    order = await bought(shop)
    assert order.session_id is not None
    async with shop.store.begin() as work:
        await work.customers.link(SOMEBODY_ELSE, SANDBOX, "cus_1")
        await work.commit()
    shop.provider.sessions[order.session_id] = (
        CheckoutLinked(
            order_id=order.id,
            channel=SANDBOX,
            customer_id="cus_1",
            provider_subscription_id="sub_1",
        ),
    )

    assert (await shop.reconciles()).drift == []


async def test_only_the_channel_that_is_named_is_compared(shop: Shop) -> None:
    other = MarionetteProvider(channel=ELSEWHERE, pull_fault=SILENT)
    shop.providers = {ELSEWHERE: other, SANDBOX: shop.provider}

    assert (await shop.reconciles(channel=SANDBOX)).unread == []
    assert (await shop.reconciles(channel=ELSEWHERE)).unread == [ELSEWHERE]


async def test_a_channel_that_cannot_be_read_is_refused_by_name_and_else_left_out(
    shop: Shop,
) -> None:
    shop.provider.capabilities -= {Capability.READ}
    happens(shop, ZeroDivisionError())

    with pytest.raises(CapabilityMissing):
        await shop.reconciles(channel=SANDBOX)
    with pytest.raises(ChannelUnknown):
        await shop.reconciles(channel=ELSEWHERE)
    assert (await shop.reconciles()).compared == 0


async def test_without_an_instant_a_week_is_looked_back(shop: Shop) -> None:
    order = await bought(shop)
    happens(shop, NOTHING)
    shop.clock.now += 6 * DAY
    happens(shop, paid(order))
    shop.clock.now += 3 * DAY

    by_itself = await shop.reconciles(is_to_be_applied=False)
    since_ever = await shop.reconciles(is_to_be_applied=False, since=NOON)

    # The checkout that is open here is looked at in any case.
    assert (by_itself.compared, since_ever.compared) == (2, 3)


async def test_after_an_outage_of_ours_it_looks_back_to_what_was_heard_last(shop: Shop) -> None:
    order = await bought(shop)
    heard = await shop.hears(NOTHING)
    shop.clock.now += DAY
    happens(shop, paid(order))
    shop.clock.now += 30 * DAY

    found = await shop.reconciles()

    assert found.since == {SANDBOX: heard.received_at}
    assert await shop.balance() == 500


async def test_lists_of_open_things_are_gone_through_to_their_end(shop: Shop) -> None:
    for number in range(230):
        reference = f"sub_{number:03}"
        subscription = a_subscription(
            account_id=AccountId(f"user-{number}"), provider_subscription_id=reference
        )
        async with shop.store.begin() as work:
            await work.subscriptions.add(subscription)
            await work.commit()
        shop.provider.reports[reference] = report(shop, ProviderStatus.CANCELED, reference)
        order = await bought(shop, AccountId(f"user-{number}"))
        assert order.session_id is not None
        shop.provider.sessions[order.session_id] = (paid(order),)

    found = await shop.reconciles()

    assert (found.compared, problems(found), len(found.drift)) == (460, [], 460)
    assert {each.status for each in shop.subscriptions()} == {SubscriptionStatus.CANCELED}
    assert shop.payments() == 230
