"""Profiles, API keys and the audit log, as every store keeps them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.credits import WriteRefused
from application.ports.paging import PageRequest
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.access.account import Account
from domain.access.api_key import ApiKey, digest_of
from domain.access.audit import Actor, AuditEntry
from domain.access.ids import ApiKeyId, AuditId
from domain.access.role import Role, Scope
from domain.amount import AMOUNT_MAX
from domain.credits.ids import AccountId
from tests.adapters.stores.steps import abandon, commit, look, look_behind, outcomes
from tests.support.builders.access import an_account, an_api_key, an_audit_entry
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.clock import NOON, fresh_id

A_MICROSECOND = timedelta(microseconds=1)


async def test_an_id_that_is_taken_by_another_key_is_refused(store: Store) -> None:
    key = an_api_key()
    await commit(store, lambda work: work.api_keys.add(key))

    with pytest.raises(WriteRefused):
        await commit(store, lambda work: work.api_keys.add(an_api_key(id=key.id)))

    assert await look(store, lambda work: work.api_keys.find(key.id)) == key


async def test_two_who_take_the_first_profile_at_once_wait_for_each_other(store: Store) -> None:
    blank = an_account(id=SOMEBODY, email=None)

    async def note_email(work: UnitOfWork) -> None:
        known = await work.accounts.take(blank)
        await work.accounts.save(evolve(known, email="one@example.com"))

    async def note_zone(work: UnitOfWork) -> None:
        await work.accounts.save(evolve(await work.accounts.take(blank), zone="Asia/Tokyo"))

    await outcomes(commit(store, note_email), commit(store, note_zone))

    found = await look(store, lambda work: work.accounts.find(SOMEBODY))
    assert found == evolve(blank, email="one@example.com", zone="Asia/Tokyo")
    both = [SOMEBODY, AccountId("nobody")]
    assert await look(store, lambda work: work.accounts.find_all(both)) == {SOMEBODY: found}


async def test_a_secret_that_opens_another_key_is_refused(store: Store) -> None:
    await commit(store, lambda work: work.api_keys.add(an_api_key(secret="one")))

    with pytest.raises(WriteRefused):
        await commit(store, lambda work: work.api_keys.add(an_api_key(secret="one")))


async def test_a_secret_goes_to_one_of_two_keys_added_at_once(store: Store) -> None:
    def caller() -> Awaitable[None]:
        key = an_api_key(secret="one")
        return commit(store, lambda work: work.api_keys.add(key))

    ended = await outcomes(caller(), caller())

    assert {type(each) for each in ended} == {type(None), WriteRefused}
    page = await look(store, lambda work: work.api_keys.page(PageRequest()))
    assert len(page.items) == 1


async def test_nothing_is_known_about_a_new_account_or_an_unknown_key(store: Store) -> None:
    assert await look(store, lambda work: work.accounts.find(SOMEBODY)) is None
    blank = an_account(id=SOMEBODY)
    assert await abandon(store, lambda work: work.accounts.take(blank)) == blank
    assert await look(store, lambda work: work.accounts.find(SOMEBODY)) is None
    assert await look(store, lambda work: work.api_keys.find(ApiKeyId(fresh_id()))) is None
    assert list(await look(store, lambda work: work.audit_log.of_target("plan:1", 10))) == []


@pytest.mark.parametrize(
    "account",
    [
        Account(
            id=SOMEBODY,
            email="grüße+☕@example.com",
            zone="Pacific/Chatham",
            zone_changed_at=NOON + A_MICROSECOND,
            created_at=NOON - A_MICROSECOND,
        ),
        Account(id=SOMEBODY, created_at=NOON),
    ],
)
async def test_a_profile_comes_back_whole(store: Store, account: Account) -> None:
    await commit(store, lambda work: work.accounts.save(account))

    assert await look(store, lambda work: work.accounts.find(SOMEBODY)) == account
    assert await abandon(store, lambda work: work.accounts.take(an_account(id=SOMEBODY))) == account
    assert await look(store, lambda work: work.accounts.find(SOMEBODY_ELSE)) is None


async def test_a_saved_profile_replaces_the_one_before(store: Store) -> None:
    account = an_account()
    moved = evolve(account, email=None, zone="Asia/Tokyo", zone_changed_at=NOON)
    await commit(store, lambda work: work.accounts.save(account))

    await commit(store, lambda work: work.accounts.save(moved))

    assert await look(store, lambda work: work.accounts.find(account.id)) == moved


async def test_a_second_taker_of_a_profile_sees_what_the_first_committed(
    store: Store,
) -> None:
    account = an_account(zone=None)
    await commit(store, lambda work: work.accounts.save(account))

    async def take(work: UnitOfWork) -> Callable[[], Awaitable[object]]:
        taken = await work.accounts.take(account)
        assert taken is not None
        return lambda: work.accounts.save(evolve(taken, zone="UTC"))

    seen = await look_behind(store, take, lambda work: work.accounts.take(account))

    assert seen == evolve(account, zone="UTC")


@pytest.mark.parametrize(
    "key",
    [
        ApiKey(
            id=ApiKeyId(fresh_id()),
            name="Grüße ☕",
            digest=digest_of("\x00\xff"),
            scopes=frozenset(Scope),
            spend_max=AMOUNT_MAX,
            spend_max_per_day=1,
            created_at=NOON + A_MICROSECOND,
            revoked_at=NOON + timedelta(days=1, microseconds=2),
        ),
        an_api_key(role=Role.TREASURER),
        an_api_key(),
    ],
)
async def test_a_key_comes_back_whole(store: Store, key: ApiKey) -> None:
    await commit(store, lambda work: work.api_keys.add(key))

    assert await look(store, lambda work: work.api_keys.find(key.id)) == key


async def test_a_revoked_key_stays_and_says_so(store: Store) -> None:
    key = an_api_key()
    await commit(store, lambda work: work.api_keys.add(key))

    await commit(store, lambda work: work.api_keys.save(key.revoked(NOON)))

    found = await look(store, lambda work: work.api_keys.find(key.id))
    assert found == evolve(key, revoked_at=NOON)


async def test_keys_are_listed_newest_first_page_by_page(store: Store) -> None:
    keys = [an_api_key() for _ in range(5)]
    for key in keys[::2] + keys[1::2]:
        await commit(store, _adding(key))

    first = await look(store, lambda work: work.api_keys.page(PageRequest(limit=3)))
    rest = await look(
        store, lambda work: work.api_keys.page(PageRequest(limit=3, after=first.next))
    )

    assert (*first.items, *rest.items) == tuple(keys[::-1])
    assert rest.next is None


def _adding(key: ApiKey) -> Callable[[UnitOfWork], Awaitable[None]]:
    return lambda work: work.api_keys.add(key)


async def test_an_audit_entry_comes_back_whole(store: Store) -> None:
    full = evolve(
        an_audit_entry(at=NOON + A_MICROSECOND), before="{}", after="☕ 'x'", reason="\\n"
    )
    bare = AuditEntry(
        id=AuditId(fresh_id()),
        at=NOON,
        actor=Actor(id="admin-2"),
        action="plan.add",
        target=full.target,
    )
    await commit(store, lambda work: work.audit_log.add(full))
    await commit(store, lambda work: work.audit_log.add(bare))

    entries = await look(store, lambda work: work.audit_log.of_target(full.target, 10))

    assert list(entries) == [bare, full]


async def test_the_audit_log_of_one_thing_is_newest_first_and_bounded(store: Store) -> None:
    entries = [an_audit_entry(target="plan:1") for _ in range(4)]

    async def keep(work: UnitOfWork) -> None:
        await work.audit_log.add(an_audit_entry(target="plan:11"))
        for entry in entries:
            await work.audit_log.add(entry)

    await commit(store, keep)

    found = await look(store, lambda work: work.audit_log.of_target("plan:1", 3))
    assert list(found) == entries[:0:-1]
