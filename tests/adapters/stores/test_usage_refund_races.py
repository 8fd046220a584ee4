"""Many at once pay back, sweep, and end holds: on every store, each thing happens once."""

from collections import Counter
from datetime import timedelta

from attrs import evolve

from application.credits.refund_usage import RefundingUsage, RefundUsage
from application.credits.sweep_expired import SweepExpired, SweepingExpired
from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from application.ports.paging import PageRequest
from application.ports.store import Store
from application.wallets.group_commit import GroupCommit
from domain.credits.hold import HoldState, Silence
from domain.credits.ids import HoldId
from domain.credits.posting import Posting
from tests.adapters.stores.steps import funded, load, look, outcomes, write
from tests.support.builders.credits import SOMEBODY, a_key, held, spent
from tests.support.clock import NOON, CountedIds, SettableClock, fresh_id


async def is_proved(store: Store) -> bool:
    found = await VerifyingLedger(records=store.records)(VerifyLedger())
    return not found.breaches


async def test_however_many_refund_one_charge_no_more_comes_back_than_it_took(
    store: Store,
) -> None:
    posting = spent(await funded(store), 50)
    await write(store, posting)
    charged = posting.transactions[0].id
    refund = RefundingUsage(begin=store.begin, clock=SettableClock(), new_id=fresh_id)

    came = await outcomes(
        *(
            refund(RefundUsage(account_id=SOMEBODY, transaction_id=charged, amount=7, key=a_key()))
            for _ in range(16)
        )
    )

    assert Counter(type(each).__name__ for each in came) == {
        "UsageRefunded": 7,
        "UsageRefundTooLarge": 9,
    }
    assert (await load(store, SOMEBODY)).balance(NOON) == 99
    assert await is_proved(store)


async def test_one_refund_asked_for_many_times_at_once_is_paid_once(store: Store) -> None:
    posting = spent(await funded(store), 50)
    await write(store, posting)
    refund = RefundingUsage(begin=store.begin, clock=SettableClock(), new_id=fresh_id)
    command = RefundUsage(
        account_id=SOMEBODY, transaction_id=posting.transactions[0].id, key=a_key()
    )

    came = await outcomes(*(refund(command) for _ in range(8)))

    assert Counter(getattr(each, "is_replay", each) for each in came) == {False: 1, True: 7}
    assert (await load(store, SOMEBODY)).balance(NOON) == 100
    assert await is_proved(store)


async def test_the_sweep_ends_silent_holds_as_they_asked_for(store: Store) -> None:
    clock = SettableClock()
    posting = held(await funded(store), 10, id="hold-1")
    for name, silence in (("hold-2", Silence.CAPTURE_ALL), ("hold-3", Silence.CAPTURE_REPORTED)):
        posting = posting.then(held(posting.wallet, 10, id=name, silence=silence))
    posting = posting.then(
        posting.wallet.extend(
            HoldId("hold-3"), ttl=timedelta(minutes=5), reported=4, now=NOON, new_id=fresh_id
        )
    )
    await write(store, posting)
    commit = GroupCommit(ledger=store.ledger, clock=clock, new_id=CountedIds())
    sweep = SweepingExpired(records=store.records, commit=commit, clock=clock)
    assert (await sweep(SweepExpired())).accounts == 0
    clock.advance(minutes=5)

    assert (await sweep(SweepExpired())).accounts == 1
    assert (await sweep(SweepExpired())).accounts == 0

    page = await look(store, lambda work: work.holds.page(SOMEBODY, None, PageRequest()))
    ended = sorted(page.items, key=lambda hold: hold.id)
    assert [hold.state for hold in ended] == [HoldState.EXPIRED] * 3
    assert [hold.captured for hold in ended] == [0, 10, 4]
    assert (await load(store, SOMEBODY)).balance(clock.now) == 86
    assert await is_proved(store)


async def test_a_hold_in_the_overdraft_alone_is_swept_too(store: Store) -> None:
    clock = SettableClock()
    wallet = evolve(await load(store, SOMEBODY), overdraft_max=100)
    await write(store, Posting(wallet=wallet).then(held(wallet, 10)))
    commit = GroupCommit(ledger=store.ledger, clock=clock, new_id=CountedIds())
    clock.advance(minutes=6)

    await SweepingExpired(records=store.records, commit=commit, clock=clock)(SweepExpired())

    swept = await load(store, SOMEBODY)
    assert (swept.held, swept.holds) == (0, ())
    assert await is_proved(store)
