"""Spending through the use case: exactly once, within limits, never more than there is."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from attrs import evolve

from application.credits.spend_credits import SpendCredits, SpendingCredits
from domain.credits.errors import InsufficientCredits, KeyReused, SpendLimitExceeded
from domain.credits.spend_limit import SpendLimit
from domain.credits.transaction import AI_USAGE, LedgerAccount, TransactionType
from domain.errors import InvalidField
from tests.application.scripted_ledger import Give, give
from tests.application.shop import Shop
from tests.support.builders.credits import SOMEBODY, a_key, grant_terms
from tests.support.clock import NOON


def spending(shop: Shop) -> SpendingCredits:
    return SpendingCredits(commit=shop.commit, charging=shop.charging, new_id=shop.new_id)


def spend(
    amount: int = 1, *, key: str | None = None, limit: SpendLimit | None = None
) -> SpendCredits:
    return SpendCredits(
        account_id=SOMEBODY,
        amount=amount,
        description="a chat",
        metadata='{"model":"x"}',
        limit=limit or SpendLimit(),
        key=a_key(key=key, fingerprint=str(amount)),
    )


@pytest.mark.parametrize("amount", [0, -1, True, 1.5, 2**53], ids=repr)
def test_what_is_no_amount_cannot_be_asked_for(amount: int) -> None:
    with pytest.raises(InvalidField):
        spend(amount)


async def test_more_than_is_available_is_refused_and_nothing_is_taken(shop: Shop) -> None:
    await shop.commit(give(10))

    with pytest.raises(InsufficientCredits) as refusal:
        await spending(shop)(spend(11))

    assert (refusal.value.requested, refusal.value.available) == (11, 10)
    assert len(await shop.lines()) == 1


@pytest.mark.parametrize(
    ("limit", "which"), [(SpendLimit(each_max=5), "each"), (SpendLimit(day_max=9), "day")]
)
async def test_a_callers_own_limit_is_kept(shop: Shop, limit: SpendLimit, which: str) -> None:
    await shop.commit(give(100))
    await spending(shop)(spend(4, limit=limit))

    with pytest.raises(SpendLimitExceeded) as refusal:
        await spending(shop)(spend(6, limit=limit))

    assert refusal.value.limit == which
    assert await shop.balance() == 96


async def test_under_64_spends_at_once_a_daily_limit_is_kept(shop: Shop) -> None:
    await shop.commit(give(100))

    outcomes = await asyncio.gather(
        *[spending(shop)(spend(3, limit=SpendLimit(day_max=10))) for _ in range(64)],
        return_exceptions=True,
    )

    assert Counter(type(each).__name__ for each in outcomes) == {
        "CreditsSpent": 3,
        "SpendLimitExceeded": 61,
    }
    shop.clock.advance(days=1)
    await spending(shop)(spend(10, limit=SpendLimit(day_max=10)))


async def test_a_spend_is_a_line_with_its_text(shop: Shop) -> None:
    await shop.commit(give(10))

    spent = await spending(shop)(evolve(spend(3), type=TransactionType("images")))

    line = (await shop.lines())[-1]
    assert (line.type, line.debit, line.credit) == (
        "images",
        LedgerAccount.WALLET,
        LedgerAccount.USAGE,
    )
    assert line.text is not None
    assert (line.text.description, line.text.metadata) == ("a chat", '{"model":"x"}')
    assert (spent.receipt.transaction_id, spent.receipt.amount) == (line.id, -3)
    assert spend().type == AI_USAGE


async def test_a_repeat_gets_the_first_answer_and_another_request_none(shop: Shop) -> None:
    await shop.commit(give(10))
    first = await spending(shop)(spend(3, key="k"))
    shop.clock.advance(hours=1)

    again = await spending(shop)(spend(3, key="k"))

    assert again == evolve(first, is_replay=True)
    with pytest.raises(KeyReused):
        await spending(shop)(spend(4, key="k"))
    assert await shop.balance() == 7


async def test_the_key_of_a_refused_spend_may_succeed_after_a_top_up(shop: Shop) -> None:
    with pytest.raises(InsufficientCredits):
        await spending(shop)(spend(3, key="k"))
    await shop.commit(give(10))

    first = await spending(shop)(spend(3, key="k"))
    again = await spending(shop)(spend(3, key="k"))

    assert (first.is_replay, again.is_replay) == (False, True)
    assert await shop.balance() == 7


async def test_credits_that_expired_are_not_spent_though_no_job_has_run(shop: Shop) -> None:
    await shop.commit(Give(terms=grant_terms(expires_at=NOON + timedelta(hours=1))))
    shop.clock.now = NOON + timedelta(hours=1)

    with pytest.raises(InsufficientCredits) as refusal:
        await spending(shop)(spend())

    assert refusal.value.available == 0
