"""A wish about a subscription: written down, asked once, and the same whoever is heard first."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from application.ports.idempotency import RequestKey
from application.ports.provider import Capability
from application.ports.provider_calls import SubscriptionAction
from application.subscriptions.fulfil_wish import Asked, FulfilWish
from domain.access.audit import Actor
from domain.credits.errors import KeyReused
from domain.credits.ids import AccountId
from domain.payments.errors import (
    CapabilityMissing,
    ChannelUnknown,
    ProviderRefused,
    ProviderUnavailable,
)
from domain.payments.ids import Channel
from domain.payments.provider_event import ProviderStatus, SubscriptionReported
from domain.subscriptions.change import ChangeStatus
from domain.subscriptions.errors import (
    NotPossibleNow,
    SubscriptionNotFound,
    SubscriptionNotNamed,
)
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from tests.application.shop import ADMIN, Shop
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE, a_key
from tests.support.builders.payments import SANDBOX
from tests.support.builders.plan_changes import a_change
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON
from tests.support.fake_provider import Silence

S = SubscriptionStatus
OWNER = Actor(id=f"account:{SOMEBODY}", request_id="request-1")
MINUTE = timedelta(minutes=1)


async def has(shop: Shop, *sold: Subscription) -> None:
    """Let subscriptions be there, and the provider know those that it bills."""
    async with shop.store.begin() as work:
        for subscription in sold:
            await work.subscriptions.add(subscription)
        await work.commit()


def at_provider(**change: Any) -> Subscription:
    return a_subscription(provider_subscription_id="sub_1", **change)


def reports(
    subscription: Subscription,
    status: ProviderStatus = ProviderStatus.ACTIVE,
    *,
    is_ending: bool = False,
    after: timedelta = MINUTE,
) -> SubscriptionReported:
    return SubscriptionReported(
        channel=subscription.channel,
        provider_subscription_id="sub_1",
        status=status,
        period=subscription.period,
        cancel_at_period_end=is_ending,
        as_of=NOON + after,
    )


async def wishes(
    shop: Shop,
    asked: Asked,
    *,
    subscription: Subscription | None = None,
    account_id: AccountId | None = SOMEBODY,
    key: RequestKey | None = None,
) -> Subscription:
    command = FulfilWish(
        asked=asked,
        account_id=account_id,
        subscription_id=None if subscription is None else subscription.id,
        reason="Too dear",
        actor=OWNER if account_id is not None else ADMIN,
        key=key,
    )
    return (await shop.fulfil_wish(command)).subscription


def moves(shop: Shop) -> list[tuple[str, str, str]]:
    return [(kept.action, kept.after, kept.actor.id) for kept in shop.audited()]


async def test_a_cancellation_is_asked_of_the_provider_and_its_answer_stands(shop: Shop) -> None:
    await has(shop, sold := at_provider())
    shop.provider.reports["sub_1"] = reports(sold, is_ending=True)

    after = await wishes(shop, Asked.CANCEL_AT_PERIOD_END)

    assert (after.status, after.cancel_at_period_end) == (S.ACTIVE, True)
    ((provider_id, action, _),) = shop.provider.acts
    assert (provider_id, action) == ("sub_1", SubscriptionAction.CANCEL_AT_PERIOD_END)
    assert moves(shop) == [
        ("subscription.cancel_at_period_end", "asked for", OWNER.id),
        ("subscription.move", "active, ends with its period", "sandbox"),
    ]
    assert shop.audited()[0].reason == "Too dear"


@pytest.mark.parametrize(
    ("asked", "before", "is_ending", "action", "told", "expected"),
    [
        (Asked.CANCEL_NOW, S.ACTIVE, False, "cancel_now", "canceled", S.CANCELED),
        (Asked.CANCEL_NOW, S.PAST_DUE, False, "cancel_now", "canceled", S.CANCELED),
        (Asked.PAUSE, S.ACTIVE, False, "pause", "paused", S.PAUSED),
        (Asked.RESUME, S.PAUSED, False, "resume", "active", S.ACTIVE),
        (Asked.RESUME, S.ACTIVE, True, "undo_cancel", "active", S.ACTIVE),
        (Asked.RESUME, S.PAUSED, True, "undo_cancel", "paused", S.PAUSED),
    ],
)
async def test_each_wish_is_one_call(
    shop: Shop,
    asked: Asked,
    before: SubscriptionStatus,
    *,
    is_ending: bool,
    action: str,
    told: str,
    expected: SubscriptionStatus,
) -> None:
    sold = evolve(at_provider(status=before), cancel_at_period_end=is_ending)
    await has(shop, sold)
    shop.provider.reports["sub_1"] = reports(sold, ProviderStatus(told))

    after = await wishes(shop, asked)

    assert (after.status, after.cancel_at_period_end) == (expected, False)
    assert [call[1].value for call in shop.provider.acts] == [action]


@pytest.mark.parametrize("silence", Silence)
async def test_a_lost_answer_is_asked_for_again_under_the_same_key(
    shop: Shop, silence: Silence
) -> None:
    await has(shop, sold := at_provider())
    shop.provider.reports["sub_1"] = reports(sold, ProviderStatus.CANCELED)
    shop.provider.silences.append(silence)
    with pytest.raises(ProviderUnavailable):
        await wishes(shop, Asked.CANCEL_NOW, key=a_key(key="k"))

    after = await wishes(shop, Asked.CANCEL_NOW, key=a_key(key="k"))

    assert after.status is S.CANCELED
    first, second = shop.provider.acts
    assert first == second
    assert [kept[0] for kept in moves(shop)] == ["subscription.cancel_now", "subscription.move"]


async def test_a_wish_that_was_answered_is_not_asked_again_by_its_key(shop: Shop) -> None:
    await has(shop, sold := at_provider())
    shop.provider.reports["sub_1"] = reports(sold, is_ending=True)
    await wishes(shop, Asked.CANCEL_AT_PERIOD_END, key=a_key(key="k"))
    shop.provider.reports["sub_1"] = reports(sold, after=2 * MINUTE)
    await wishes(shop, Asked.RESUME, key=a_key(key="l"))

    after = await wishes(shop, Asked.CANCEL_AT_PERIOD_END, key=a_key(key="k"))

    assert after.cancel_at_period_end is False
    assert len(shop.provider.acts) == 2


async def test_another_wish_under_the_same_key_is_refused(shop: Shop) -> None:
    await has(shop, sold := at_provider())
    shop.provider.reports["sub_1"] = reports(sold, is_ending=True)
    await wishes(shop, Asked.CANCEL_AT_PERIOD_END, key=a_key(key="k"))

    with pytest.raises(KeyReused):
        await wishes(shop, Asked.CANCEL_NOW, key=evolve(a_key(key="k"), fingerprint="another"))


async def test_a_webhook_that_is_quicker_than_the_answer_changes_nothing_about_it(
    shop: Shop,
) -> None:
    await has(shop, sold := at_provider())
    ended = reports(sold, ProviderStatus.CANCELED)
    shop.provider.reports["sub_1"] = ended
    shop.provider.meanwhile = lambda: shop.hears(ended)

    after = await wishes(shop, Asked.CANCEL_NOW)

    assert after.status is S.CANCELED
    assert [kept[0] for kept in moves(shop)].count("subscription.move") == 1
    types = [row.event.type for row in shop.store.tables.outbox.main.values.values()]
    assert types == ["subscription.canceled"]


async def test_an_answer_older_than_what_is_known_does_not_undo_it(shop: Shop) -> None:
    await has(shop, sold := at_provider())
    shop.provider.reports["sub_1"] = reports(sold, ProviderStatus.PAUSED)
    newer = reports(sold, after=2 * MINUTE)
    shop.provider.meanwhile = lambda: shop.hears(newer)

    after = await wishes(shop, Asked.PAUSE)

    assert (after.status, after.reported_at) == (S.ACTIVE, newer.as_of)


async def test_what_the_provider_refuses_is_kept_and_changes_nothing(shop: Shop) -> None:
    await has(shop, sold := at_provider())

    with pytest.raises(ProviderRefused):
        await wishes(shop, Asked.CANCEL_NOW)

    assert list(shop.subscriptions()) == [sold]
    assert moves(shop)[1] == (
        "subscription.cancel_now",
        "refused by the provider: it is unknown there",
        OWNER.id,
    )


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        (Asked.CANCEL_NOW, Capability.SUBSCRIPTIONS),
        (Asked.CANCEL_AT_PERIOD_END, Capability.SUBSCRIPTIONS),
        (Asked.PAUSE, Capability.PAUSE),
    ],
)
async def test_what_a_provider_cannot_do_is_refused_by_name_and_leaves_no_trace(
    shop: Shop, asked: Asked, missing: Capability
) -> None:
    await has(shop, at_provider())
    shop.provider.capabilities = frozenset(Capability) - {missing}
    before = shop.kept()

    with pytest.raises(CapabilityMissing) as refused:
        await wishes(shop, asked, key=a_key(key="k"))

    assert refused.value.capability == missing.value
    assert shop.kept() == before


async def test_a_channel_that_is_no_longer_configured_is_refused(shop: Shop) -> None:
    await has(shop, at_provider(channel=Channel("creem")))

    with pytest.raises(ChannelUnknown):
        await wishes(shop, Asked.CANCEL_NOW)


async def test_what_its_state_forbids_is_never_asked_of_the_provider(shop: Shop) -> None:
    await has(shop, at_provider(status=S.INCOMPLETE))

    with pytest.raises(NotPossibleNow):
        await wishes(shop, Asked.PAUSE)

    assert shop.provider.acts == []
    assert shop.audited() == []


async def test_a_free_plan_is_ended_here_without_any_provider(shop: Shop) -> None:
    await has(shop, a_subscription())
    key = a_key(key="k")

    ended = [await wishes(shop, Asked.CANCEL_NOW, key=key) for _ in range(2)]

    assert [each.status for each in ended] == [S.CANCELED, S.CANCELED]
    assert shop.provider.acts == []
    assert moves(shop) == [
        ("subscription.cancel_now", "asked for", OWNER.id),
        ("subscription.move", "canceled", OWNER.id),
    ]


async def test_without_a_live_subscription_there_is_nothing_to_ask_for(shop: Shop) -> None:
    await has(shop, at_provider(status=S.EXPIRED))

    with pytest.raises(SubscriptionNotFound):
        await wishes(shop, Asked.CANCEL_NOW)


async def test_of_several_live_ones_the_one_that_is_meant_has_to_be_named(shop: Shop) -> None:
    mine, team = at_provider(), a_subscription(group="team")
    await has(shop, mine, team)

    with pytest.raises(SubscriptionNotNamed) as refused:
        await wishes(shop, Asked.CANCEL_NOW)
    after = await wishes(shop, Asked.CANCEL_NOW, subscription=team)

    assert refused.value.subscription_ids == (team.id, mine.id)
    assert (after.id, after.status) == (team.id, S.CANCELED)


async def test_an_account_reaches_nobody_else_s_and_an_admin_everybody_s(shop: Shop) -> None:
    await has(shop, theirs := a_subscription(account_id=SOMEBODY_ELSE))

    with pytest.raises(SubscriptionNotFound):
        await wishes(shop, Asked.CANCEL_NOW, subscription=theirs)
    after = await wishes(shop, Asked.CANCEL_NOW, subscription=theirs, account_id=None)

    assert after.status is S.CANCELED
    assert {kept.actor for kept in shop.audited()} == {ADMIN}
    assert theirs.channel == SANDBOX


async def test_to_resume_takes_back_a_change_of_plan_that_waits(shop: Shop) -> None:
    await has(shop, sold := at_provider())
    waiting = a_change(sold)
    async with shop.store.begin() as work:
        await work.plan_changes.add(waiting)
        await work.commit()

    await wishes(shop, Asked.RESUME)

    async with shop.store.read() as work:
        over = await work.plan_changes.find(waiting.id)
    assert over is not None
    assert over.status is ChangeStatus.WITHDRAWN
    assert shop.provider.acts == []
    assert moves(shop) == [("subscription.keep_plan", "Max monthly: withdrawn", OWNER.id)]


async def test_a_cancellation_is_taken_back_before_a_change_of_plan(shop: Shop) -> None:
    await has(shop, sold := evolve(at_provider(), cancel_at_period_end=True))
    waiting = a_change(sold)
    async with shop.store.begin() as work:
        await work.plan_changes.add(waiting)
        await work.commit()
    shop.provider.reports["sub_1"] = reports(sold)

    await wishes(shop, Asked.RESUME)

    async with shop.store.read() as work:
        assert await work.plan_changes.open_of(sold.id) == waiting
    assert [call[1] for call in shop.provider.acts] == [SubscriptionAction.UNDO_CANCEL]
