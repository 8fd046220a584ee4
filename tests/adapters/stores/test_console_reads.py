"""What the console looks things up by, as every store answers it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.access import AuditFilter
from application.ports.credits import WriteRefused
from application.ports.paging import Page, PageRequest
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.access.account import Account
from domain.access.api_key import digest_of
from domain.access.audit import AuditEntry
from domain.access.ids import ApiKeyId
from domain.access.role import Role
from domain.access.session import AdminSession
from domain.credits.ids import AccountId
from domain.errors import InvalidField
from domain.payments.ids import Channel
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from tests.adapters.stores.steps import abandon, commit, funded, look
from tests.support.builders.access import an_account, an_audit_entry
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON, fresh_id

STRIPE, CREEM = Channel("stripe"), Channel("creem")


def named(
    prefix: str, limit: int = 10, after: str | None = None
) -> Callable[[UnitOfWork], Awaitable[tuple[tuple[AccountId, ...], str | None]]]:
    async def ask(work: UnitOfWork) -> tuple[tuple[AccountId, ...], str | None]:
        page = await work.accounts.named(prefix, PageRequest(limit=limit, after=after))
        return page.items, page.next

    return ask


def saving(account: Account) -> Callable[[UnitOfWork], Awaitable[None]]:
    return lambda work: work.accounts.save(account)


async def test_accounts_with_a_profile_or_a_wallet_are_found_by_how_they_begin(
    store: Store,
) -> None:
    for each in ("ab", "abc", "b", "a%c"):
        await commit(store, saving(an_account(id=AccountId(each), email=None)))
    for each in ("abc", "abd", "ab\U0001f600"):
        await funded(store, AccountId(each))
    await abandon(store, lambda work: work.wallets.take(AccountId("abx")))

    everything = ("a%c", "ab", "abc", "abd", "ab\U0001f600", "b")
    assert await look(store, named("")) == (everything, None)
    assert await look(store, named("ab")) == (("ab", "abc", "abd", "ab\U0001f600"), None)
    assert await look(store, named("a%")) == (("a%c",), None)
    assert await look(store, named("ab", 2)) == (("ab", "abc"), "abc")
    assert await look(store, named("ab", 2, "abc")) == (("abd", "ab\U0001f600"), None)
    assert await look(store, named("zz")) == ((), None)


async def test_accounts_are_found_by_their_very_address(store: Store) -> None:
    for each in (SOMEBODY_ELSE, SOMEBODY):
        await commit(store, saving(an_account(id=each)))
    await commit(store, saving(an_account(id=AccountId("other"), email="other@example.com")))

    found = await look(store, lambda work: work.accounts.with_email("somebody@example.com", 10))
    first = await look(store, lambda work: work.accounts.with_email("somebody@example.com", 1))
    none = await look(store, lambda work: work.accounts.with_email("Somebody@example.com", 10))

    assert (list(found), list(first), list(none)) == ([SOMEBODY, SOMEBODY_ELSE], [SOMEBODY], [])


async def test_the_audit_log_is_paged_newest_first_whole_and_by_target(store: Store) -> None:
    entries = [an_audit_entry(target=f"plan:{number % 2}") for number in range(5)]
    for entry in entries:
        await commit(store, _adding(entry))

    async def pages(where: AuditFilter) -> list[object]:
        found: list[object] = []
        after: str | None = None
        while True:
            asked = PageRequest(limit=2, after=after)
            page = await look(store, _asking(where, asked))
            found += page.items
            after = page.next
            if after is None:
                return found

    assert await pages(AuditFilter()) == entries[::-1]
    assert await pages(AuditFilter(target="plan:0")) == entries[::-2]
    with pytest.raises(InvalidField):
        await look(store, lambda work: work.audit_log.page(AuditFilter(), PageRequest(after="x")))


def _asking(
    where: AuditFilter, asked: PageRequest
) -> Callable[[UnitOfWork], Awaitable[Page[AuditEntry]]]:
    return lambda work: work.audit_log.page(where, asked)


def _selling(sold: Subscription) -> Callable[[UnitOfWork], Awaitable[None]]:
    return lambda work: work.subscriptions.add(sold)


def _opening(session: AdminSession) -> Callable[[UnitOfWork], Awaitable[None]]:
    return lambda work: work.sessions.add(session)


def _finding(session: AdminSession) -> Callable[[UnitOfWork], Awaitable[AdminSession | None]]:
    return lambda work: work.sessions.find(session.digest)


def _adding(entry: AuditEntry) -> Callable[[UnitOfWork], Awaitable[None]]:
    return lambda work: work.audit_log.add(entry)


async def test_a_customer_record_leads_to_its_account_and_back(store: Store) -> None:
    async def link(work: UnitOfWork) -> None:
        await work.customers.link(SOMEBODY, STRIPE, "cus_1")
        await work.customers.link(SOMEBODY, CREEM, "cus_2")
        await work.customers.link(SOMEBODY_ELSE, STRIPE, "cus_2")

    await commit(store, link)

    assert await look(store, lambda w: w.customers.account_of(STRIPE, "cus_1")) == SOMEBODY
    assert await look(store, lambda w: w.customers.account_of(STRIPE, "cus_2")) == SOMEBODY_ELSE
    assert await look(store, lambda w: w.customers.account_of(CREEM, "cus_1")) is None
    found = await look(store, lambda w: w.customers.of_account(SOMEBODY))
    assert list(found) == [(CREEM, "cus_2"), (STRIPE, "cus_1")]


async def test_an_accounts_subscriptions_come_newest_first_ended_ones_included(
    store: Store,
) -> None:
    sold = [a_subscription(status=SubscriptionStatus.EXPIRED) for _ in range(2)]
    sold.append(a_subscription())
    for each in (*sold, a_subscription(account_id=SOMEBODY_ELSE)):
        await commit(store, _selling(each))

    found = await look(store, lambda work: work.subscriptions.of_account(SOMEBODY, 2))

    assert list(found) == [sold[2], sold[1]]


def a_session(secret: str, *, hours: float = 1, key_id: str | None = None) -> AdminSession:
    return AdminSession(
        digest=digest_of(secret),
        actor_id="admin-1",
        role=Role.TREASURER,
        api_key_id=None if key_id is None else ApiKeyId(key_id),
        opened_at=NOON,
        expires_at=NOON + timedelta(hours=hours, microseconds=1),
    )


async def test_a_session_comes_back_whole_until_it_is_removed(store: Store) -> None:
    session = a_session("first", key_id=fresh_id())
    await commit(store, lambda work: work.sessions.add(session))

    assert await look(store, lambda work: work.sessions.find(session.digest)) == session
    with pytest.raises(WriteRefused):
        await commit(store, lambda work: work.sessions.add(evolve(session, actor_id="other")))
    await commit(store, lambda work: work.sessions.remove(session.digest))
    await commit(store, lambda work: work.sessions.remove(session.digest))
    assert await look(store, lambda work: work.sessions.find(session.digest)) is None


async def test_sessions_that_are_over_are_forgotten_so_many_at_once(store: Store) -> None:
    sessions = [a_session(f"secret {hours}", hours=hours) for hours in (1, 2, 3)]
    for session in sessions:
        await commit(store, _opening(session))

    await commit(store, lambda work: work.sessions.forget(NOON + timedelta(hours=2.5), 1))

    found = [await look(store, _finding(each)) for each in sessions]
    assert found == [None, *sessions[1:]]
