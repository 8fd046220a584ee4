"""A preview says what carrying it out does, and changes nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.stores.memory.store import MemoryStore
from application.credits.adjust_credits import (
    AdjustCredits,
    AdjustingCredits,
    PreviewingAdjustment,
)
from application.credits.read_balance import WalletReads
from domain.access.audit import Actor
from domain.credits.errors import InsufficientCredits
from tests.adapters.stores.steps import load, write
from tests.support.builders.credits import SOMEBODY, a_key, grant_terms, granted
from tests.support.clock import SettableClock, fresh_id


def adjusting(amount: int) -> AdjustCredits:
    return AdjustCredits(
        account_id=SOMEBODY,
        amount=amount,
        reason="Goodwill",
        actor=Actor(id="admin-1"),
        key=a_key(),
    )


@settings(max_examples=50, deadline=None)
@given(
    lots=st.lists(st.integers(1, 100), max_size=4),
    amount=st.integers(-400, 400).filter(lambda amount: amount != 0),
)
async def test_a_preview_is_what_the_adjustment_then_does(lots: list[int], amount: int) -> None:
    store, clock = MemoryStore(), SettableClock()
    preview = PreviewingAdjustment(
        wallets=WalletReads(ledger=store.ledger), clock=clock, new_id=fresh_id
    )
    adjust = AdjustingCredits(begin=store.begin, clock=clock, new_id=fresh_id)
    for lot in lots:
        await write(store, granted(await load(store, SOMEBODY), grant_terms(amount=lot)))
    before = await load(store, SOMEBODY)

    if sum(lots) + amount < 0:
        with pytest.raises(InsufficientCredits):
            await preview(adjusting(amount))
        return
    shown = await preview(adjusting(amount))
    assert await load(store, SOMEBODY) == before
    done = await adjust(adjusting(amount))

    assert shown.balance_before == sum(lots)
    assert (shown.balance_after, shown.available_after) == (
        done.receipt.balance,
        done.receipt.available,
    )
    assert sum(part for _, part in shown.lots) == abs(amount)
