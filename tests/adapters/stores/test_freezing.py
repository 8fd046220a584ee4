"""An account that is stopped while it spends: on every store, nothing is spent once it is told."""

from attrs import evolve

from application.credits.set_freeze import SetFreeze, SettingFreeze
from application.ports.events import EventFilter
from application.ports.store import Store
from application.wallets.group_commit import GroupCommit
from domain.credits.errors import AccountFrozen
from tests.adapters.stores.steps import commit, funded, load, look, outcomes
from tests.application.scripted_ledger import take
from tests.application.shop import ADMIN
from tests.support.builders.credits import SOMEBODY, a_key
from tests.support.builders.payments import an_order
from tests.support.clock import NOON, CountedIds, SettableClock, fresh_id


def freezing(store: Store) -> SettingFreeze:
    return SettingFreeze(begin=store.begin, clock=SettableClock(), new_id=fresh_id)


def stop(key: str | None = None) -> SetFreeze:
    kept = None if key is None else a_key(owner=ADMIN.id, key=key)
    reason = "A stolen session"
    return SetFreeze(account_id=SOMEBODY, is_frozen=True, reason=reason, actor=ADMIN, key=kept)


async def told(store: Store) -> list[str]:
    events = await look(store, lambda work: work.outbox.oldest(EventFilter(), None, 100))
    return [each.type for each in events if each.type.startswith("account.")]


async def test_nothing_is_spent_after_a_freeze_by_a_process_that_knows_the_wallet(
    store: Store,
) -> None:
    await funded(store)
    group = GroupCommit(ledger=store.ledger, clock=SettableClock(), new_id=CountedIds())
    await group.submit(take(1))

    await freezing(store)(stop())

    refused = await outcomes(*(group.submit(take(1)) for _ in range(16)))
    assert {type(each).__name__ for each in refused} == {"AccountFrozen"}
    after = await load(store, SOMEBODY)
    assert (after.balance(NOON), after.is_frozen) == (99, True)


async def test_an_account_is_frozen_before_its_first_credits_come(store: Store) -> None:
    await commit(store, lambda work: work.orders.add(an_order()))

    await freezing(store)(stop())

    await funded(store)
    group = GroupCommit(ledger=store.ledger, clock=SettableClock(), new_id=CountedIds())
    (refused,) = await outcomes(group.submit(take(1)))
    assert isinstance(refused, AccountFrozen)
    assert (await load(store, SOMEBODY)).balance(NOON) == 100
    assert await told(store) == ["account.frozen"]


async def test_of_many_who_freeze_at_once_one_does(store: Store) -> None:
    await funded(store)

    under_keys = await outcomes(*(freezing(store)(stop("k")) for _ in range(8)))
    others = await outcomes(*(freezing(store)(stop()) for _ in range(8)))

    assert sorted(getattr(each, "is_replay", True) for each in under_keys) == [False] + [True] * 7
    assert {type(each).__name__ for each in under_keys} == {"FreezeSet"}
    assert {type(each).__name__ for each in others} == {"AccountAlreadyFrozen"}
    entries = await look(store, lambda work: work.audit_log.of_target(f"account:{SOMEBODY}", 10))
    assert [each.action for each in entries] == ["account.freeze"]
    assert await told(store) == ["account.frozen"]


async def test_an_account_that_is_freed_spends_again(store: Store) -> None:
    await funded(store)
    await freezing(store)(stop())

    await freezing(store)(evolve(stop(), is_frozen=False))

    group = GroupCommit(ledger=store.ledger, clock=SettableClock(), new_id=CountedIds())
    await group.submit(take(1))
    assert (await load(store, SOMEBODY)).balance(NOON) == 99
    assert await told(store) == ["account.frozen", "account.unfrozen"]
