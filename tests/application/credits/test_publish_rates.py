"""Publishing rates: numbered, guarded, audited, and never changed."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from application.credits.list_rates import ReadingRates, ReadRates
from application.credits.publish_rates import PublishingRates, PublishRates, RatesPublished
from application.credits.steps.rate_desk import RateDesk
from application.ports.idempotency import Caller, RequestKey
from domain.credits.errors import KeyReused, RatesChangedMeanwhile
from domain.credits.rated import Rounding
from domain.credits.rates import RateCard
from domain.errors import InvalidField
from tests.application.shop import ADMIN, Shop
from tests.support.builders.rates import a_rate
from tests.support.clock import NOON

DAY = timedelta(days=1)


async def publish(shop: Shop, **fields: Any) -> RatesPublished:
    publishing = PublishingRates(
        begin=shop.store.begin,
        read=shop.store.read,
        desk=RateDesk(read=shop.store.read, stopwatch=lambda: 0.0),
        clock=shop.clock,
        new_id=shop.new_id,
    )
    return await publishing(evolve(PublishRates(rates=(a_rate(),), actor=ADMIN), **fields))


async def in_force(shop: Shop) -> RateCard:
    return (await ReadingRates(read=shop.store.read, clock=shop.clock)(ReadRates())).card


def a_key(fingerprint: str = "the request") -> RequestKey:
    return RequestKey(owner="admin-1", caller=Caller.ADMIN, key="k", fingerprint=fingerprint)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"rates": ()}, "rates"),
        ({"rates": (a_rate(), a_rate())}, "rates"),
        ({"effective_from": NOON - timedelta(microseconds=1)}, "effective_from"),
        ({"note": "x" * 501}, "note"),
    ],
)
@pytest.mark.parametrize("is_preview", [True, False])
async def test_a_card_that_makes_no_sense_is_refused_and_nothing_is_kept(
    shop: Shop, fields: dict[str, Any], path: str, is_preview: bool
) -> None:
    with pytest.raises(InvalidField) as refusal:
        await publish(shop, **fields, is_preview=is_preview)

    assert refusal.value.path == path
    assert (await in_force(shop)).version == 0
    assert len(shop.store.tables.audit_log.main.keys) == 0


async def test_each_card_is_the_next_version_with_an_entry(shop: Shop) -> None:
    first = await publish(shop, note="to begin with")
    second = await publish(shop, rates=(a_rate(credits="3"),), rounding=Rounding.DOWN)

    assert (first.card.version, second.card.version) == (1, 2)
    assert [len(each.changes) for each in (first, second)] == [1, 1]
    assert await in_force(shop) == second.card
    async with shop.store.read() as work:
        assert await work.rate_cards.find(1) == first.card
        newest, oldest = await work.audit_log.of_target("rates", 10)
    assert (oldest.action, oldest.reason) == ("rates.publish", "to begin with")
    assert newest.before == "version 1: 1 rates, rounded up, from 2026-01-12T12:00:00Z"
    assert newest.after.startswith("version 2: 1 rates, rounded down")


async def test_a_card_for_later_is_in_force_from_its_instant(shop: Shop) -> None:
    await publish(shop)
    await publish(shop, effective_from=NOON + DAY)

    before = await in_force(shop)
    shop.clock.advance(days=1)
    after = await in_force(shop)

    assert (before.version, after.version) == (1, 2)


async def test_a_later_version_replaces_one_that_waits(shop: Shop) -> None:
    await publish(shop, effective_from=NOON + DAY)
    await publish(shop)

    shop.clock.advance(days=2)

    assert (await in_force(shop)).version == 2


async def test_a_preview_says_what_would_change_and_changes_nothing(shop: Shop) -> None:
    await publish(shop)

    seen = await publish(shop, rates=(a_rate("other"),), is_preview=True, key=a_key())

    assert seen.card.version == 2
    assert [(c.pattern, c.before is None) for c in seen.changes] == [
        ("gpt-4o", False),
        ("other", True),
    ]
    assert (await in_force(shop)).version == 1
    assert len(shop.store.tables.audit_log.main.keys) == 1
    assert len(shop.store.tables.answers.main.keys) == 0


@pytest.mark.parametrize("is_preview", [True, False])
async def test_rates_that_somebody_else_changed_are_refused(shop: Shop, is_preview: bool) -> None:
    await publish(shop, expected_version=0)

    with pytest.raises(RatesChangedMeanwhile) as refusal:
        await publish(shop, expected_version=0, is_preview=is_preview)

    assert refusal.value.version == 1
    assert (await in_force(shop)).version == 1


async def test_of_many_publishers_of_one_version_at_once_one_succeeds(shop: Shop) -> None:
    outcomes = await asyncio.gather(
        *[publish(shop, expected_version=0) for _ in range(16)], return_exceptions=True
    )

    assert Counter(type(each).__name__ for each in outcomes) == {
        "RatesPublished": 1,
        "RatesChangedMeanwhile": 15,
    }


async def test_publishers_who_expect_nothing_follow_each_other(shop: Shop) -> None:
    published = await asyncio.gather(*[publish(shop) for _ in range(16)])

    assert sorted(each.card.version for each in published) == list(range(1, 17))


async def test_a_repeat_under_a_key_publishes_nothing_more(shop: Shop) -> None:
    first = await publish(shop, key=a_key())
    await publish(shop, rates=(a_rate(credits="9"),))

    again = await publish(shop, key=a_key())

    assert again == evolve(first, is_replay=True)
    assert (await in_force(shop)).version == 2
    with pytest.raises(KeyReused):
        await publish(shop, key=a_key("another request"))
