"""The ledger proved by and by: where it goes on, who may, and what is found."""

import asyncio
from datetime import timedelta

import pytest
from attrs import evolve

from application.credits.prove_stretch import ProveStretch, ProvingStretch, StretchProved
from application.credits.read_proofs import ProofsRead, ReadingProofs
from application.credits.steps.account_proof import LINES_AT_ONCE, let_others_run
from application.ports.credits import LedgerRecords, OutcomeUnknown
from application.worked_on import about, telling_of_work
from domain.credits.ids import AccountId
from domain.credits.proof_round import LEASE, NIGHTLY, ProofRound
from tests.adapters.stores.steps import look
from tests.application.scripted_ledger import give, take
from tests.application.shop import Shop
from tests.support.clock import NOON
from tests.support.slow_records import SlowRecords

ACCOUNTS = [AccountId(f"user-{number}") for number in range(5)]
TWO = ProveStretch(accounts_max=2, lines_max=1000)


@pytest.fixture
async def shop(shop: Shop) -> Shop:
    """A shop in which five accounts have two lines each."""
    for account_id in ACCOUNTS:
        await shop.commit(give(9, account_id=account_id, key=account_id))
        await shop.commit(take(4, account_id=account_id))
    return shop


def proving(shop: Shop, records: LedgerRecords | None = None) -> ProvingStretch:
    return ProvingStretch(
        begin=shop.store.begin,
        read=shop.store.read,
        records=records or shop.store.records,
        plan=NIGHTLY,
        clock=shop.clock,
        new_id=shop.new_id,
        rests=lambda: let_others_run,
    )


async def stood(shop: Shop) -> ProofsRead:
    return await ReadingProofs(read=shop.store.read, plan=NIGHTLY, clock=shop.clock)()


async def rounds(shop: Shop) -> list[ProofRound]:
    return list(await look(shop.store, lambda work: work.proofs.latest(9)))


def forge(shop: Shop, account_id: AccountId) -> None:
    """Change a line behind the store's back."""
    lines = shop.store.tables.transactions.main.values
    lines[account_id, 2] = evolve(lines[account_id, 2], amount=5)


def seen(proved: StretchProved) -> tuple[int, int, bool] | None:
    proof = proved.proof
    return None if proof is None else (proof.accounts, proof.lines, proof.is_over)


async def test_each_stretch_goes_on_behind_the_last_one_until_all_is_proved(shop: Shop) -> None:
    stretches = [seen(await proving(shop)(TWO)) for _ in range(4)]

    assert stretches == [(2, 4, False), (4, 8, False), (5, 10, True), None]


async def test_a_stretch_begins_no_account_after_its_lines(shop: Shop) -> None:
    few = ProveStretch(accounts_max=100, lines_max=3)

    stretches = [seen(await proving(shop)(few)) for _ in range(3)]

    assert stretches == [(2, 4, False), (4, 8, False), (5, 10, True)]


async def test_a_ledger_without_accounts_is_proved_at_once() -> None:
    assert seen(await proving(Shop())(TWO)) == (0, 0, True)


async def test_a_new_round_begins_when_it_is_due_and_not_before(shop: Shop) -> None:
    everything = ProveStretch(accounts_max=100, lines_max=1000)
    await proving(shop)(everything)
    shop.clock.now = NIGHTLY.last_due_at(NOON) + timedelta(hours=24, microseconds=-1)
    early = await proving(shop)(everything)
    shop.clock.advance(seconds=1)

    again = await proving(shop)(everything)

    assert early == StretchProved()
    assert seen(again) == (5, 10, True)
    assert [proof.due_at for proof in await rounds(shop)] == [
        NIGHTLY.last_due_at(NOON) + timedelta(days=1),
        NIGHTLY.last_due_at(NOON),
    ]


async def test_a_round_that_takes_for_days_is_ended_before_another_begins(shop: Shop) -> None:
    await proving(shop)(TWO)
    shop.clock.advance(days=3)
    await proving(shop)(TWO)
    await proving(shop)(TWO)

    (only,) = await rounds(shop)

    assert (only.due_at, only.took) == (NIGHTLY.last_due_at(NOON), timedelta(days=3))


async def test_what_breaks_a_rule_is_kept_with_its_place_and_told_once(shop: Shop) -> None:
    forge(shop, ACCOUNTS[1])
    forge(shop, ACCOUNTS[4])

    told = [(await proving(shop)(TWO)).breaches for _ in range(3)]

    assert {breach.account_id for breach in told[0]} == {ACCOUNTS[1]}
    assert told[1] == ()
    assert {breach.account_id for breach in told[2]} == {ACCOUNTS[4]}
    ended = (await stood(shop)).ended
    assert ended is not None
    assert ended.breaches == told[0] + told[2]
    assert ended.breaches_total == len(ended.breaches) > 0


async def test_two_processes_at_once_prove_every_account_once(shop: Shop) -> None:
    slow = SlowRecords(shop.store.records)
    one, other = proving(shop, slow), proving(shop, slow)

    for _ in range(3):
        done = await asyncio.gather(one(TWO), other(TWO))
        assert sum(each.proof is not None for each in done) == 1

    assert slow.looked_at == ACCOUNTS


async def test_a_round_is_left_to_whoever_claimed_it_until_the_lease_is_over(shop: Shop) -> None:
    slow = SlowRecords(shop.store.records)
    dying = asyncio.ensure_future(proving(shop, slow)(TWO))
    await slow.has_begun.wait()
    dying.cancel()
    await asyncio.wait({dying})

    meanwhile = await proving(shop)(TWO)
    shop.clock.now += LEASE
    afterwards = await proving(shop)(TWO)

    assert meanwhile == StretchProved()
    assert seen(afterwards) == (2, 4, False)


async def test_what_was_found_without_the_claim_counts_for_nothing(shop: Shop) -> None:
    async def overtake() -> None:
        shop.clock.now += LEASE
        await proving(shop)(TWO)

    silent = SlowRecords(shop.store.records, meanwhile=overtake)

    assert await proving(shop, silent)(TWO) == StretchProved()
    (only,) = await rounds(shop)
    assert (only.accounts, only.after) == (2, ACCOUNTS[1])


async def test_a_store_that_does_not_answer_breaks_no_rule_and_leaves_the_round_free(
    shop: Shop,
) -> None:
    async def silent() -> None:
        raise OutcomeUnknown("no answer")

    with pytest.raises(OutcomeUnknown) as raised:
        await proving(shop, SlowRecords(shop.store.records, meanwhile=silent))(TWO)
    (only,) = await rounds(shop)
    at_once = await proving(shop)(TWO)

    assert about(raised.value) == {"account_id": ACCOUNTS[0]}
    assert (only.claim, only.claimed_until, only.accounts, only.breaches) == (None, None, 0, ())
    assert seen(at_once) == (2, 4, False)


async def test_a_long_account_keeps_its_claim_while_it_is_read(shop: Shop) -> None:
    was_left_alone: list[bool] = []

    async def long() -> None:
        shop.clock.now += LEASE * 0.75
        was_left_alone.append((await proving(shop)(TWO)).proof is None)

    slow = SlowRecords(shop.store.records, meanwhile=long, is_always=True)

    proved = await proving(shop, slow)(TWO)

    assert was_left_alone == [True, True]
    assert seen(proved) == (2, 4, False)


async def test_a_long_account_tells_of_progress_with_every_reading(shop: Shop) -> None:
    for number in range(4 * LINES_AT_ONCE):
        await shop.commit(give(1, account_id=ACCOUNTS[0], key=f"{number}"))
    told: list[int] = []

    async def heard() -> None:
        assert told, "something was told since the last reading"
        told.clear()

    records = SlowRecords(shop.store.records, meanwhile=heard, is_always=True)
    with telling_of_work(lambda: told.append(1)):
        proved = await proving(shop, records)(ProveStretch(accounts_max=1, lines_max=1))

    assert seen(proved) == (1, 4 * LINES_AT_ONCE + 2, False)


async def test_what_is_under_way_and_what_has_ended_are_told_apart(shop: Shop) -> None:
    first = await stood(shop)
    for _ in range(3):
        await proving(shop)(TWO)
    second = await stood(shop)
    shop.clock.advance(days=1)
    await proving(shop)(TWO)
    third = await stood(shop)

    assert (first.ended, first.under_way) == (None, None)
    assert first.next_due_at == NIGHTLY.last_due_at(NOON) + timedelta(days=1)
    assert second.under_way is None
    assert second.ended is not None
    assert third.ended == second.ended
    assert third.under_way is not None
    assert third.under_way.accounts == 2
