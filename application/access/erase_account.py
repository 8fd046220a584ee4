"""Forget who an account belongs to: personal text goes, amounts and the hash chain stay whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from attrs import evolve, frozen

from application.access.steps.account_names import BATCH, InboxSearch, is_known, names_of, orders_of
from application.access.steps.auditing import entry, must_say_why
from application.ports.idempotency import RequestKey
from application.ports.privacy import PersonalRecords
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from domain.access.account import Account
from domain.access.audit import Actor
from domain.access.errors import AccountInUse, AccountNotFound
from domain.credits.ids import AccountId
from domain.payments.inbox import InboxEvent
from domain.payments.order import Order

_LOOKED_AT = 20

_EraseSome = Callable[[PersonalRecords], Awaitable[int]]


@frozen(kw_only=True)
class EraseAccount:
    """Erase an account's personal texts, and say why; `force` does so while it is in use, too."""

    account_id: AccountId
    reason: str
    force: bool = False
    actor: Actor
    key: RequestKey | None = None

    def __attrs_post_init__(self) -> None:
        must_say_why(self.reason)


@frozen(kw_only=True)
class AccountErased:
    """How much was erased: texts of the ledger, events, webhooks, addresses of orders, answers.

    `webhooks_left` still wait to be applied: their bodies go when they are old, or by erasing anew.
    """

    account_id: AccountId
    texts: int
    events: int
    webhooks: int
    webhooks_left: int
    orders: int
    answers: int
    customers: int
    is_replay: bool = False


@frozen(kw_only=True)
class ErasingAccount:
    """Say on record that it begins, erase in bounded batches, and say on record what went.

    Each step may be done twice, so that a run that was cut off is finished by another one.
    Refusals: AccountNotFound, AccountInUse, KeyReused.
    """

    begin: BeginWork
    read: BeginRead
    search: InboxSearch
    clock: Clock
    new_id: NewId
    bodies_kept_for: timedelta

    async def __call__(self, command: EraseAccount) -> AccountErased:
        account_id = command.account_id
        first = await self._begun(command)
        if first is not None:
            return evolve(first, is_replay=True)
        webhooks, left = await self._webhooks(account_id)
        erased = AccountErased(
            account_id=account_id,
            texts=await self._all(lambda own: own.erase_texts(account_id, BATCH)),
            events=await self._all(lambda own: own.erase_events(account_id, BATCH)),
            webhooks=webhooks,
            webhooks_left=left,
            orders=await self._orders(account_id),
            answers=await self._all(lambda own: own.erase_answers(account_id, BATCH)),
            customers=0,
        )
        return await self._ended(command, erased)

    async def _begun(self, command: EraseAccount) -> AccountErased | None:
        """Write down that the account is erased, unless that was done under the key before."""
        account_id = command.account_id
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, AccountErased)
                if first is not None:
                    return first
            await _check(work, account_id, is_forced=command.force)
            await work.audit_log.add(
                entry(
                    self.new_id,
                    self.clock(),
                    command.actor,
                    "account.erase",
                    f"account:{account_id}",
                    after="forced" if command.force else "",
                    reason=command.reason,
                )
            )
            await work.commit()
        return None

    async def _all(self, erase_some: _EraseSome) -> int:
        """Erase batch by batch until nothing is left."""
        erased = 0
        while True:
            async with self.begin() as work:
                some = await erase_some(work.personal)
                await work.commit()
            erased += some
            if some < BATCH:
                return erased

    async def _webhooks(self, account_id: AccountId) -> tuple[int, int]:
        """Drop the bodies that name the account; return how many went, and how many still wait."""
        names = await names_of(self.read, account_id)
        dropped, left = 0, 0
        from_at = self.clock() - self.bodies_kept_for
        async for found in self.search.naming(names, from_at):
            gone = await self._dropped(found)
            dropped, left = dropped + gone, left + len(found) - gone
        return dropped, left

    async def _dropped(self, found: Sequence[InboxEvent]) -> int:
        dropped = 0
        async with self.begin() as work:
            # In one order everywhere, as locks are.
            for each in sorted(found, key=lambda event: (event.channel, event.event_id)):
                event = await work.inbox.take(each.channel, each.event_id)
                if not event.is_waiting:
                    await work.inbox.save(event.without_body())
                    dropped += 1
            await work.commit()
        return dropped

    async def _orders(self, account_id: AccountId) -> int:
        """Erase the addresses that buyers were sent to; an order still to be paid keeps its own."""
        erased = 0
        async for orders in orders_of(self.read, account_id):
            async with self.begin() as work:
                for each in sorted(orders, key=lambda order: order.id):
                    order = await work.orders.take(each.id)
                    bare = _without_addresses(order)
                    if not order.is_unpaid and bare != order:
                        await work.orders.save(bare)
                        erased += 1
                await work.commit()
        return erased

    async def _ended(self, command: EraseAccount, erased: AccountErased) -> AccountErased:
        """Erase profile and links to providers, and write down what went, in one commit."""
        account_id = command.account_id
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, AccountErased)
                if first is not None:
                    return evolve(first, is_replay=True)
            links = await work.customers.of_account(account_id)
            for channel, customer_id in links:
                await work.customers.unlink(channel, customer_id)
            profile = await work.accounts.find(account_id)
            if profile is not None:
                taken = await work.accounts.take(profile)
                await work.accounts.save(_without_person(taken))
            whole = evolve(erased, customers=len(links))
            await work.audit_log.add(
                entry(
                    self.new_id,
                    self.clock(),
                    command.actor,
                    "account.erased",
                    f"account:{account_id}",
                    after=_told(whole),
                    reason=command.reason,
                )
            )
            if command.key is not None:
                await work.answers.keep(command.key, whole)
            await work.commit()
        return whole


async def _check(work: UnitOfWork, account_id: AccountId, *, is_forced: bool) -> None:
    """Raise AccountNotFound, or AccountInUse where something first has to come to its end."""
    wallet = await work.wallets.take(account_id)
    if wallet.version == 0 and not await is_known(work, account_id):
        raise AccountNotFound(account_id=account_id)
    live = await work.subscriptions.live_of(account_id, _LOOKED_AT)
    unpaid = await work.orders.unpaid_of(account_id, _LOOKED_AT)
    if not is_forced and (live or wallet.holds or unpaid):
        raise AccountInUse(
            account_id=account_id,
            live_subscriptions=tuple(each.id for each in live),
            open_holds=tuple(hold.id for hold in wallet.holds),
            unpaid_orders=tuple(order.id for order in unpaid),
        )


def _without_addresses(order: Order) -> Order:
    return evolve(order, url=None, success_url=None, cancel_url=None)


def _without_person(profile: Account) -> Account:
    """Return a profile that says nothing of a person; when its zone changed still counts."""
    return evolve(profile, email=None, zone=None)


def _told(erased: AccountErased) -> str:
    return (
        f"texts {erased.texts}, events {erased.events}, webhooks {erased.webhooks}"
        f" (left {erased.webhooks_left}), orders {erased.orders}, answers {erased.answers}, "
        f"customer records {erased.customers}"
    )
