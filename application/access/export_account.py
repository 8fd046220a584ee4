"""Everything that is kept about one account, for whoever asks what is known about them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from enum import Enum

from attrs import evolve, frozen

from application.access.steps.account_names import (
    BATCH,
    InboxSearch,
    is_known,
    names_of,
    orders_of,
    subscriptions_of,
)
from application.ports.access import AuditFilter
from application.ports.credit_lists import GrantFilter
from application.ports.credits import LedgerRecords
from application.ports.events import EventFilter
from application.ports.paging import PageRequest
from application.ports.privacy import KeptKey
from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead
from domain.access.errors import AccountNotFound
from domain.credits.ids import AccountId
from domain.payments.ids import OrderId
from domain.promotions.redemption import Redemption

_DAYS = timedelta(days=366)


class Section(Enum):
    """The kinds of records that an export holds, in its order."""

    PROFILE = "profile"
    CUSTOMERS = "customers"
    WALLET = "wallet"
    GRANTS = "grants"
    TRANSACTIONS = "transactions"
    HOLDS = "holds"
    ORDERS = "orders"
    REFUNDS = "refunds"
    DISPUTES = "disputes"
    COUPONS_USED = "coupons_used"
    SUBSCRIPTIONS = "subscriptions"
    CHECK_INS = "check_ins"
    EVENTS = "events"
    WEBHOOKS = "webhooks"
    REQUEST_KEYS = "request_keys"
    AUDIT = "audit"


@frozen(kw_only=True)
class CustomerRecord:
    """A provider's customer record that belongs to the account."""

    channel: str
    customer_id: str


@frozen(kw_only=True)
class ExportedPart:
    """Some records of one section; a section comes in as many parts as it needs, then the next."""

    section: Section
    records: Sequence[object]


@frozen(kw_only=True)
class ExportAccount:
    """Ask for everything about one account."""

    account_id: AccountId


@frozen(kw_only=True)
class ExportingAccount:
    """Read it piece by piece, each piece as of its own instant.

    `bodies_kept_for` bounds how far back webhooks can name the account. Refusals: AccountNotFound,
    before anything is yielded.
    """

    read: BeginRead
    records: LedgerRecords
    search: InboxSearch
    clock: Clock
    bodies_kept_for: timedelta

    async def __call__(self, command: ExportAccount) -> AsyncIterator[ExportedPart]:
        account_id, now = command.account_id, self.clock()
        async for part in self._account(account_id):
            yield part
        async for part in self._credits(account_id, now):
            yield part
        async for part in self._sold(account_id):
            yield part
        async for part in self._check_ins(account_id, now):
            yield part
        async for part in self._told(account_id, now):
            yield part
        async for part in self._asked(account_id):
            yield part

    async def _account(self, account_id: AccountId) -> AsyncIterator[ExportedPart]:
        wallet, _ = await self.records.wallet_and_grants(account_id)
        async with self.read() as work:
            if wallet.version == 0 and not await is_known(work, account_id):
                raise AccountNotFound(account_id=account_id)
            profile = await work.accounts.find(account_id)
            links = await work.customers.of_account(account_id)
        yield _part(Section.PROFILE, [] if profile is None else [profile])
        yield _part(
            Section.CUSTOMERS,
            [CustomerRecord(channel=channel, customer_id=given) for channel, given in links],
        )
        yield _part(Section.WALLET, [evolve(wallet, grants=(), holds=())])

    async def _credits(self, account_id: AccountId, now: datetime) -> AsyncIterator[ExportedPart]:
        after: str | None = None
        where = GrantFilter(at=now, account_id=account_id)
        while True:
            async with self.read() as work:
                grants = await work.grants.page(where, PageRequest(limit=BATCH, after=after))
            yield _part(Section.GRANTS, grants.items)
            if (after := grants.next) is None:
                break
        seq = 0
        while True:
            lines = await self.records.lines(account_id, seq, BATCH)
            yield _part(Section.TRANSACTIONS, lines)
            if len(lines) < BATCH:
                break
            seq = lines[-1].seq
        while True:
            async with self.read() as work:
                holds = await work.holds.page(
                    account_id, None, PageRequest(limit=BATCH, after=after)
                )
            yield _part(Section.HOLDS, holds.items)
            if (after := holds.next) is None:
                break

    async def _sold(self, account_id: AccountId) -> AsyncIterator[ExportedPart]:
        batches: list[list[OrderId]] = []
        async for orders in orders_of(self.read, account_id):
            batches.append([order.id for order in orders])
            yield _part(Section.ORDERS, orders)
        for order_ids in batches:
            async with self.read() as work:
                refunds = await work.refunds.of_orders(order_ids)
            yield _part(Section.REFUNDS, refunds)
        for order_ids in batches:
            async with self.read() as work:
                disputes = await work.disputes.of_orders(order_ids)
            yield _part(Section.DISPUTES, disputes)
        async for uses in _uses_of(self.read, account_id):
            yield _part(Section.COUPONS_USED, uses)
        async for sold in subscriptions_of(self.read, account_id):
            yield _part(Section.SUBSCRIPTIONS, sold)

    async def _check_ins(self, account_id: AccountId, now: datetime) -> AsyncIterator[ExportedPart]:
        async with self.read() as work:
            first = await work.check_ins.first_day(account_id)
        # A local day can be ahead of the one in UTC.
        last = now.date() + timedelta(days=1)
        day: date = last if first is None else first
        while day <= last:
            end = min(day + _DAYS, last)
            async with self.read() as work:
                yield _part(Section.CHECK_INS, await work.check_ins.between(account_id, day, end))
            day = end + timedelta(days=1)

    async def _told(self, account_id: AccountId, now: datetime) -> AsyncIterator[ExportedPart]:
        after: str | None = None
        while True:
            async with self.read() as work:
                events = await work.outbox.page(
                    EventFilter(account_id=account_id), PageRequest(limit=BATCH, after=after)
                )
            yield _part(Section.EVENTS, events.items)
            if (after := events.next) is None:
                break
        names = await names_of(self.read, account_id)
        async for found in self.search.naming(names, now - self.bodies_kept_for):
            yield _part(Section.WEBHOOKS, found)

    async def _asked(self, account_id: AccountId) -> AsyncIterator[ExportedPart]:
        key: KeptKey | None = None
        while True:
            async with self.read() as work:
                keys = await work.personal.keys(account_id, key, BATCH)
            yield _part(Section.REQUEST_KEYS, keys)
            if len(keys) < BATCH:
                break
            key = keys[-1]
        targets = [f"account:{account_id}"]
        async for orders in orders_of(self.read, account_id):
            targets += [f"order:{order.id}" for order in orders]
        async for sold in subscriptions_of(self.read, account_id):
            targets += [f"subscription:{subscription.id}" for subscription in sold]
        for target in targets:
            async for part in self._audit(target):
                yield part

    async def _audit(self, target: str) -> AsyncIterator[ExportedPart]:
        after: str | None = None
        while True:
            async with self.read() as work:
                page = await work.audit_log.page(
                    AuditFilter(target=target), PageRequest(limit=BATCH, after=after)
                )
            yield _part(Section.AUDIT, page.items)
            if (after := page.next) is None:
                return


def _part(section: Section, records: Sequence[object]) -> ExportedPart:
    return ExportedPart(section=section, records=records)


async def _uses_of(read: BeginRead, account_id: AccountId) -> AsyncIterator[Sequence[Redemption]]:
    after: str | None = None
    while True:
        async with read() as work:
            page = await work.redemptions.of_account(
                account_id, PageRequest(limit=BATCH, after=after)
            )
        yield page.items
        after = page.next
        if after is None:
            return
