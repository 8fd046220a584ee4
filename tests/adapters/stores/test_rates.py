"""Rate cards, as every store keeps them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from application.credits.steps.rate_desk import TRUSTED_S, RateDesk
from application.ports.paging import PageRequest
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.amount import AMOUNT_MAX
from domain.credits.errors import RatesNotFound
from domain.credits.rated import Rounding
from domain.credits.rates import PER_ALLOWED, RateCard
from domain.credits.usage import UsageKind
from domain.errors import InvalidField
from tests.adapters.stores.steps import abandon, commit, look, outcomes
from tests.support.builders.rates import a_card, a_rate
from tests.support.clock import NOON

DAY = timedelta(days=1)


def _adding(*cards: RateCard) -> Callable[[UnitOfWork], Awaitable[bool]]:
    async def add(work: UnitOfWork) -> bool:
        return all([await work.rate_cards.add(card) for card in cards])

    return add


async def _versions(store: Store, now: int) -> list[int]:
    cards = await look(store, lambda work: work.rate_cards.since(NOON + now * DAY))
    return [card.version for card in cards]


async def _superseded_after_days(store: Store, version: int) -> int:
    at = await look(store, lambda work: work.rate_cards.superseded_at(version))
    assert at is not None
    return (at - NOON) // DAY


async def test_without_any_there_is_no_version(store: Store) -> None:
    assert await look(store, lambda work: work.rate_cards.last_version()) == 0
    assert await look(store, lambda work: work.rate_cards.since(NOON)) == []
    assert await look(store, lambda work: work.rate_cards.superseded_at(0)) is None
    page = await look(store, lambda work: work.rate_cards.page(PageRequest()))
    assert (page.items, page.next, page.total) == ((), None, None)


@pytest.mark.parametrize("version", [0, 2, AMOUNT_MAX])
async def test_an_unknown_version_is_refused(store: Store, version: int) -> None:
    await commit(store, _adding(a_card()))

    with pytest.raises(RatesNotFound) as refusal:
        await look(store, lambda work: work.rate_cards.find(version))

    assert refusal.value.version == str(version)


@pytest.mark.parametrize("rounding", Rounding)
async def test_a_card_comes_back_whole(store: Store, rounding: Rounding) -> None:
    prices = ["0", "0.000000000001", "2.50", "1234567890123456.000000000001", str(AMOUNT_MAX)]
    rates = [
        a_rate(f"*ä☕ 'q' {n}", kind, price, per)
        for n, price in enumerate(prices)
        if Decimal(price) <= AMOUNT_MAX
        for kind, per in zip(UsageKind, PER_ALLOWED, strict=False)
    ]
    card = a_card(
        *rates,
        rounding=rounding,
        effective_from=NOON + DAY + timedelta(microseconds=1),
        note="Grüße\n'quoted'",
    )

    await commit(store, _adding(card))

    assert await look(store, lambda work: work.rate_cards.find(1)) == card


async def test_a_version_that_exists_is_not_kept_again(store: Store) -> None:
    card = a_card()
    await commit(store, _adding(card))

    assert await commit(store, _adding(a_card(a_rate("other")))) is False

    assert await look(store, lambda work: work.rate_cards.find(1)) == card
    assert await look(store, lambda work: work.rate_cards.last_version()) == 1


async def test_a_card_that_was_not_committed_is_not_there(store: Store) -> None:
    await abandon(store, _adding(a_card()))

    assert await look(store, lambda work: work.rate_cards.last_version()) == 0


async def test_of_several_publishers_at_once_one_keeps_the_version(store: Store) -> None:
    cards = [a_card(a_rate(f"m{n}")) for n in range(4)]

    kept = await outcomes(*(commit(store, _adding(card)) for card in cards))

    assert sorted(map(str, kept)) == ["False", "False", "False", "True"]
    assert await look(store, lambda work: work.rate_cards.find(1)) == cards[kept.index(True)]


async def test_what_can_count_from_now_on_is_the_card_in_force_and_all_later_versions(
    store: Store,
) -> None:
    begins = (0, 10, 5)
    cards = [a_card(version=n + 1, effective_from=NOON + b * DAY) for n, b in enumerate(begins)]
    await commit(store, _adding(*cards))

    assert await _versions(store, -1) == [1, 2, 3]
    assert await _versions(store, 0) == [1, 2, 3]
    assert await _versions(store, 4) == [1, 2, 3]
    assert await _versions(store, 5) == [3]
    assert await _versions(store, 99) == [3]
    (first, *_) = await look(store, lambda work: work.rate_cards.since(NOON))
    assert first == cards[0]


async def test_versions_are_listed_newest_first_with_the_time_they_are_in_force(
    store: Store,
) -> None:
    begins = (0, 10, 5, 20)
    cards = [
        a_card(version=n + 1, effective_from=NOON + b * DAY, note=f"v{n + 1}")
        for n, b in enumerate(begins)
    ]
    await commit(store, _adding(*cards))

    first = await look(store, lambda work: work.rate_cards.page(PageRequest(limit=3)))
    second = await look(
        store, lambda work: work.rate_cards.page(PageRequest(limit=3, after=first.next))
    )

    listed = [*first.items, *second.items]
    assert [each.version for each in listed] == [4, 3, 2, 1]
    ends = [None if e.effective_to is None else (e.effective_to - NOON) // DAY for e in listed]
    assert ends == [None, 20, 5, 5]
    assert [(e.note, e.rates_count, e.rounding) for e in listed[-1:]] == [("v1", 2, Rounding.UP)]
    assert listed[0].effective_from == NOON + 20 * DAY
    assert listed[0].published_at == NOON
    assert second.next is None
    assert [await _superseded_after_days(store, version) for version in (1, 2, 3)] == [5, 5, 20]


async def test_a_desk_counts_what_another_process_published(store: Store) -> None:
    seconds = 0.0
    desk = RateDesk(read=store.read, stopwatch=lambda: seconds)
    card = a_card()

    before = await desk.card(NOON)
    await commit(store, _adding(card))
    seconds = TRUSTED_S
    after = await desk.card(NOON)

    assert (before.version, after) == (0, card)


async def test_a_cursor_that_was_never_given_out_is_refused(store: Store) -> None:
    with pytest.raises(InvalidField):
        await look(store, lambda work: work.rate_cards.page(PageRequest(after="x")))
