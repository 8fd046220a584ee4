"""What is written to the ledger in groups comes back whole."""

from datetime import datetime, timedelta

from attrs import evolve

from application.ports.credits import (
    Batch,
    KeyedReceipt,
    KnownReceipt,
    Receipt,
    WalletWrite,
)
from application.ports.store import Store
from domain.amount import AMOUNT_MAX
from domain.credits.grant import Category, Cost, GrantSource, Rollover
from domain.credits.ids import AccountId, GrantId
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet
from tests.adapters.stores.steps import NOBODY_WRITTEN, batch_of, funded, load, write
from tests.support.builders.credits import (
    SOMEBODY,
    SOMEBODY_ELSE,
    a_key,
    a_wallet,
    a_write,
    grant_terms,
    granted,
    spent,
)
from tests.support.clock import NOON, fresh_id


async def test_an_account_never_written_has_an_empty_wallet_of_version_0(store: Store) -> None:
    wallets = await store.ledger.load([SOMEBODY, SOMEBODY_ELSE])

    assert wallets == {each: Wallet(account_id=each) for each in (SOMEBODY, SOMEBODY_ELSE)}


async def test_nothing_is_loaded_where_nothing_is_asked_for(store: Store) -> None:
    assert await store.ledger.load([]) == {}


async def test_an_empty_batch_changes_nothing(store: Store) -> None:
    assert await store.ledger.write(Batch(unchanged={})) == NOBODY_WRITTEN


async def test_a_written_wallet_comes_back_whole_at_the_next_version(store: Store) -> None:
    soon = NOON + timedelta(days=30, microseconds=1)
    bought = granted(Wallet(account_id=SOMEBODY), grant_terms(amount=70, cause="order:1"))
    given = granted(
        bought.wallet,
        grant_terms(amount=30, source=GrantSource.COUPON, expires_at=soon),
        now=NOON + timedelta(microseconds=123456),
    )
    posting = bought.then(given).then(spent(given.wallet, 10, now=NOON + timedelta(hours=1)))

    await write(store, posting)

    assert await load(store, SOMEBODY) == evolve(posting.wallet, version=1)


async def test_what_a_lot_may_carry_over_comes_back_whole_and_may_change(store: Store) -> None:
    ends_at, until = NOON + timedelta(days=30), NOON + timedelta(days=60)
    month = Rollover(most=50, until=until, pool="month")
    terms = evolve(grant_terms(amount=70, expires_at=ends_at), rollover=month)
    plain = granted(Wallet(account_id=SOMEBODY), grant_terms(amount=30, expires_at=ends_at))
    await write(store, plain.then(granted(plain.wallet, terms)))
    wallet = await load(store, SOMEBODY)

    await write(
        store,
        Posting(wallet=wallet).with_grants(
            [evolve(each, rollover=month) for each in wallet.grants]
        ),
    )

    assert [each.rollover for each in (await load(store, SOMEBODY)).grants] == [month, month]
    end = await load(store, SOMEBODY)
    await write(store, end.settle(ends_at, fresh_id))
    assert (await load(store, SOMEBODY)).balance(ends_at) == 50


async def test_every_field_of_a_wallet_and_its_grants_comes_back(store: Store) -> None:
    terms = evolve(
        grant_terms(
            amount=AMOUNT_MAX,
            source=GrantSource.MANUAL,
            category=Category.PAID,
            priority=1000,
            effective_at=NOON + timedelta(microseconds=999999),
            expires_at=NOON + timedelta(days=3650, microseconds=1),
            cause="Grüße ☕ from Zürich, 'quoted' \\ and % signs",
        ),
        cost=Cost(amount_minor=AMOUNT_MAX, currency="JPY"),
    )
    posting = granted(Wallet(account_id=AccountId("Ünïcode/☕:1")), terms)
    posting = evolve(posting, wallet=evolve(posting.wallet, held=7, spent=3, spent_on=NOON.date()))

    await write(store, posting)

    assert await load(store, posting.wallet.account_id) == evolve(posting.wallet, version=1)


async def test_instants_come_back_aware_and_in_utc(store: Store) -> None:
    wallet = await funded(store)

    instants: list[datetime | None] = [wallet.last_at, wallet.grants[0].effective_at]
    assert [each and each.utcoffset() for each in instants] == [timedelta(0)] * 2


async def test_open_grants_come_back_in_burn_order_and_emptied_ones_do_not(
    store: Store,
) -> None:
    posting = Posting(wallet=Wallet(account_id=SOMEBODY))
    for terms in (
        grant_terms(amount=1),
        grant_terms(amount=2, expires_at=NOON + timedelta(days=9)),
        grant_terms(amount=3, priority=1),
        grant_terms(amount=4, source=GrantSource.CHECK_IN),
        grant_terms(amount=5, expires_at=NOON + timedelta(days=8)),
    ):
        posting = posting.then(granted(posting.wallet, terms))
    posting = posting.then(spent(posting.wallet, 3))

    await write(store, posting)

    assert [grant.amount for grant in (await load(store, SOMEBODY)).grants] == [5, 2, 4, 1]


async def test_a_grant_made_and_drained_in_one_batch_is_stored(store: Store) -> None:
    made = granted(Wallet(account_id=SOMEBODY), grant_terms(amount=5))

    await write(store, made.then(spent(made.wallet, 5)))

    _, grants = await store.records.wallet_and_grants(SOMEBODY)
    assert [(grant.amount, grant.remaining) for grant in grants] == [(5, 0)]


async def test_one_stale_account_does_not_hold_back_the_others(store: Store) -> None:
    stale, sound = await funded(store), await funded(store, SOMEBODY_ELSE)
    await write(store, spent(stale, 1))

    committed = await store.ledger.write(
        batch_of(spent(stale, 50), spent(sound, 50), granted(a_wallet(account_id=AccountId("c"))))
    )

    assert committed.written == {SOMEBODY_ELSE, "c"}
    assert (await load(store, SOMEBODY)).posted == 99
    assert (await load(store, SOMEBODY_ELSE)).posted == 50


async def test_a_known_key_of_one_account_does_not_hold_back_the_others(store: Store) -> None:
    mine, theirs = await funded(store), await funded(store, SOMEBODY_ELSE)
    await write(store, a_write(spent(mine, 1), a_key(key="k")))
    mine = await load(store, SOMEBODY)

    committed = await store.ledger.write(
        batch_of(
            a_write(spent(mine, 1), a_key(key="k")),
            a_write(spent(theirs, 1), a_key(owner=SOMEBODY_ELSE, key="k")),
        )
    )

    assert committed.written == {SOMEBODY_ELSE}
    assert set(committed.known) == {a_key(key="k").name}


async def test_a_receipt_comes_back_as_it_was_given_whatever_it_leaves_out(
    store: Store,
) -> None:
    full = Receipt(
        account_id=SOMEBODY,
        amount=-AMOUNT_MAX,
        balance=1,
        available=2,
        at=NOON + timedelta(microseconds=7),
        transaction_id=spent(a_wallet(balance=1)).transactions[0].id,
        seq=9,
        grant_id=GrantId(fresh_id()),
    )
    bare = Receipt(account_id=SOMEBODY, amount=5, balance=0, available=0, at=NOON)
    kept = {a_key(fingerprint="☕" * 20): full, a_key(): bare}
    receipts = tuple(
        KeyedReceipt(key=key, receipt=receipt, is_kept_for_ever=receipt is full)
        for key, receipt in kept.items()
    )
    posting = granted(Wallet(account_id=SOMEBODY))
    await write(store, WalletWrite(posting=posting, receipts=receipts))

    committed = await store.ledger.write(Batch(unchanged={}, keys=tuple(kept)))

    assert committed.known == {
        key.name: KnownReceipt(receipt=receipt, fingerprint=key.fingerprint)
        for key, receipt in kept.items()
    }
