"""Adjusting by hand: with a reason, once, and on record in the same commit."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from application.credits.adjust_credits import AdjustCredits, AdjustingCredits
from application.ports.idempotency import Caller
from domain.access.audit import AuditEntry
from domain.amount import AMOUNT_MAX
from domain.credits.errors import (
    BalanceTooLarge,
    GrantAlreadyOver,
    InsufficientCredits,
    KeyReused,
)
from domain.credits.transaction import MANUAL, LedgerAccount
from domain.errors import BillingError, InvalidField
from tests.application.scripted_ledger import give, take
from tests.application.shop import ADMIN, Shop
from tests.support.builders.credits import SOMEBODY, a_key
from tests.support.clock import NOON


def adjusting(shop: Shop) -> AdjustingCredits:
    return AdjustingCredits(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)


def adjust(amount: int, **changes: Any) -> AdjustCredits:
    key = a_key(caller=Caller.ADMIN, key=changes.pop("key", None), fingerprint=str(amount))
    return AdjustCredits(
        account_id=SOMEBODY, amount=amount, reason="goodwill", actor=ADMIN, key=key, **changes
    )


async def entries(shop: Shop) -> list[AuditEntry]:
    async with shop.store.read() as work:
        return list(await work.audit_log.of_target(f"account:{SOMEBODY}", 100))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": 1.0}, "amount"),
        ({"amount": AMOUNT_MAX + 1}, "amount"),
        ({"amount": -AMOUNT_MAX - 1}, "amount"),
        ({"reason": " \t"}, "reason"),
        ({"amount": -1, "expires_at": NOON}, "expires_at"),
    ],
)
def test_an_adjustment_that_makes_no_sense_is_refused(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        evolve(adjust(5), **changes)

    assert refusal.value.path == path


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (adjust(-11), InsufficientCredits),
        (adjust(5, expires_at=NOON), GrantAlreadyOver),
        (adjust(AMOUNT_MAX), BalanceTooLarge),
    ],
)
async def test_a_refused_adjustment_leaves_no_trace(
    shop: Shop, command: AdjustCredits, refusal: type[BillingError]
) -> None:
    await adjusting(shop)(adjust(10))
    before = (await shop.lines(), await entries(shop))

    with pytest.raises(refusal):
        await adjusting(shop)(command)

    assert (await shop.lines(), await entries(shop)) == before
    assert len(shop.store.tables.receipts.main.keys) == 1


async def test_what_is_given_and_taken_stands_in_the_ledger_and_in_the_audit_log(
    shop: Shop,
) -> None:
    await adjusting(shop)(adjust(10, expires_at=NOON + timedelta(days=1)))
    taken = await adjusting(shop)(adjust(-4))

    given_line, taken_line = await shop.lines()
    assert {given_line.type, taken_line.type} == {MANUAL}
    assert (given_line.debit, taken_line.credit) == (LedgerAccount.ADJUSTMENTS,) * 2
    assert (taken.receipt.amount, taken.receipt.balance) == (-4, 6)
    newest, oldest = await entries(shop)
    assert (oldest.before, oldest.after) == ("balance 0", "balance 10 (+10)")
    assert (newest.before, newest.after) == ("balance 10", "balance 6 (-4)")
    assert {entry.reason for entry in (newest, oldest)} == {"goodwill"}
    assert newest.actor == ADMIN
    assert await shop.is_proved()


async def test_what_is_given_dies_when_it_was_said_to(shop: Shop) -> None:
    await adjusting(shop)(adjust(10, expires_at=NOON + timedelta(days=1)))

    shop.clock.advance(days=1)

    assert await shop.balance() == 0


async def test_what_is_taken_by_hand_is_no_usage_of_the_day(shop: Shop) -> None:
    await adjusting(shop)(adjust(10))
    await adjusting(shop)(adjust(-4))

    wallet = (await shop.store.ledger.load([SOMEBODY]))[SOMEBODY]
    assert (wallet.spent, wallet.spent_on) == (0, None)


async def test_sixty_four_repeats_at_once_have_one_effect_and_one_entry(shop: Shop) -> None:
    command = adjust(10, key="k")

    outcomes = await asyncio.gather(*[adjusting(shop)(command) for _ in range(64)])

    assert sum(not each.is_replay for each in outcomes) == 1
    assert len({each.receipt for each in outcomes}) == 1
    assert await shop.balance() == 10
    assert len(await entries(shop)) == 1


async def test_a_key_used_for_another_adjustment_is_refused(shop: Shop) -> None:
    await adjusting(shop)(adjust(10, key="k"))

    with pytest.raises(KeyReused):
        await adjusting(shop)(adjust(20, key="k"))

    assert await shop.balance() == 10


async def test_an_adjustment_and_the_group_commit_do_not_lose_each_others_writes(
    shop: Shop,
) -> None:
    await shop.commit(give(100))

    await asyncio.gather(
        *[adjusting(shop)(adjust(1)) for _ in range(20)],
        *[shop.commit(take(2)) for _ in range(20)],
        *[adjusting(shop)(adjust(-1)) for _ in range(20)],
    )

    assert await shop.balance() == 60
    assert len(await shop.lines()) == 61
    assert await shop.is_proved()
