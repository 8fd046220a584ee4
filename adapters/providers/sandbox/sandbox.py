"""The side of the sandbox that a buyer touches, and what time does to it."""

from __future__ import annotations

import re
from datetime import datetime

from attrs import frozen

from adapters.providers.sandbox import tellings
from adapters.providers.sandbox.collecting import change_card, period_over
from adapters.providers.sandbox.events import (
    CHECKOUT_EXPIRED,
    CHECKOUT_FAILED,
    CHECKOUT_PAID,
    DISPUTE_UPDATED,
    SUBSCRIPTION_UPDATED,
)
from adapters.providers.sandbox.payments import PAYMENT, PaymentState
from adapters.providers.sandbox.records import (
    CHECKOUT,
    CHECKOUT_TICKET,
    CUSTOMER,
    PORTAL_TICKET,
    SUBSCRIPTION,
    WEBHOOK,
    CheckoutState,
    CheckoutStatus,
    CheckoutTicket,
    CustomerState,
    PortalTicket,
    SubscriptionState,
    customer_id_of,
    digest_of,
    later_than,
    state_of,
)
from adapters.providers.sandbox.views import checkout_view, portal_view
from adapters.providers.sandbox.webhooks import SandboxWebhooks
from application.ports.sandbox import Sandbox, SandboxCheckout, SandboxPortal, SandboxRecord
from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from domain.credits.ids import AccountId
from domain.payments.errors import PayerUnknown, PaymentNotFound
from domain.payments.provider_event import DisputeStatus
from domain.subscriptions.errors import SubscriptionNotFound

BATCH = 100
SHOWN_MAX = 50

_SUBSCRIPTION_ID = re.compile(r"sub_[0-9a-f-]{36}")


@frozen(kw_only=True)
class StoredSandbox(Sandbox):
    """The sandbox whose memory lies in the store, so that it survives whatever the service does.

    Any number of processes may serve it: what changes is locked, and looked at again under the
    lock. `clock` is the billing clock; `wall_clock` is the real one, by which portal tickets live.
    """

    begin: BeginWork
    read: BeginRead
    webhooks: SandboxWebhooks
    clock: Clock
    wall_clock: Clock

    async def checkout(self, ticket: str) -> SandboxCheckout:
        async with self.begin() as work:
            return checkout_view(await _checkout(work, ticket), self.clock())

    async def pay(self, ticket: str) -> str:
        async with self.begin() as work:
            checkout = await _checkout(work, ticket)
            now = self.clock()
            status = checkout.status_at(now)
            if status is CheckoutStatus.CLOSED:
                raise PayerUnknown
            if status is CheckoutStatus.PAID:
                return checkout.success_url
            webhook = await self._paid(work, checkout, now)
            await work.commit()
        await self.webhooks.send(webhook)
        return checkout.success_url

    async def decline(self, ticket: str) -> SandboxCheckout:
        async with self.begin() as work:
            checkout = await _checkout(work, ticket)
            now = self.clock()
            status = checkout.status_at(now)
            if status is CheckoutStatus.CLOSED:
                raise PayerUnknown
            if status is CheckoutStatus.PAID:
                return checkout_view(checkout, now)
            webhook = await self._unpaid(work, checkout, CheckoutStatus.OPEN, now)
            await work.commit()
        await self.webhooks.send(webhook)
        return checkout_view(checkout, now)

    async def abandon(self, ticket: str) -> str:
        async with self.begin() as work:
            checkout = await _checkout(work, ticket)
            now = self.clock()
            status = checkout.status_at(now)
            if status is CheckoutStatus.CLOSED:
                return checkout.cancel_url
            if status is CheckoutStatus.PAID:
                return checkout.success_url
            webhook = await self._unpaid(work, checkout, CheckoutStatus.CLOSED, now)
            await work.commit()
        await self.webhooks.send(webhook)
        return checkout.cancel_url

    async def portal(self, ticket: str) -> SandboxPortal:
        async with self.begin() as work:
            return await _shown(work, await self._portal(work, ticket))

    async def cancel(self, ticket: str, subscription_id: str) -> SandboxPortal:
        return await self._end(ticket, subscription_id, is_to_end=True)

    async def resume(self, ticket: str, subscription_id: str) -> SandboxPortal:
        return await self._end(ticket, subscription_id, is_to_end=False)

    async def dispute(self, payment_id: str, status: DisputeStatus) -> str:
        webhook = None
        async with self.begin() as work:
            record = await work.sandbox.get(PAYMENT, payment_id)
            if record is None:
                raise PaymentNotFound(payment_id=payment_id)
            payment = state_of(record, PaymentState)
            if payment.can_be_disputed(status):
                told_at = later_than(self.clock(), payment.told_at)
                payment = payment.disputed(status, told_at)
                await work.sandbox.put(payment.record())
                data = tellings.disputed(payment)
                webhook = await self.webhooks.record(
                    work, payment.id, told_at, DISPUTE_UPDATED, data
                )
                await work.commit()
        if webhook is not None:
            await self.webhooks.send(webhook)
        return payment.dispute_id

    async def change_card(self, account_id: AccountId, *, declines: bool) -> None:
        async with self.begin() as work:
            customer_id = customer_id_of(account_id)
            await change_card(work, customer_id, declines=declines, now=self.clock())
            await work.commit()

    async def let_time_pass(self) -> int:
        """Do what is due, in bounded batches; every subscription takes one period at a time.

        Called until it returns 0, it has done everything that is due by then.
        """
        now = self.clock()
        real_now = self.wall_clock()
        async with self.read() as work:
            subscriptions = await work.sandbox.due(SUBSCRIPTION, now, BATCH)
            checkouts = await work.sandbox.due(CHECKOUT, now, BATCH)
            portals = await work.sandbox.due(PORTAL_TICKET, real_now, BATCH)
        happened = 0
        for record in subscriptions:
            happened += await self._period_over(record, now)
        for record in checkouts:
            happened += await self._run_out(record, now)
        for record in portals:
            await self._forget(record)
        return happened + await self.webhooks.send_due()

    async def next_due_after(self, instant: datetime) -> datetime | None:
        async with self.read() as work:
            dues = [
                await work.sandbox.next_due_after(kind, instant)
                for kind in (SUBSCRIPTION, CHECKOUT)
            ]
        return min((due for due in dues if due is not None), default=None)

    async def is_telling(self) -> bool:
        async with self.read() as work:
            return len(await work.sandbox.of_kind(WEBHOOK, "", 1)) > 0

    async def _paid(self, work: UnitOfWork, checkout: CheckoutState, now: datetime) -> str:
        told_at = later_than(now, checkout.told_at)
        begun = checkout.begun(now, told_at)
        await work.sandbox.put(checkout.become(CheckoutStatus.PAID, told_at).record())
        if begun is not None:
            await work.sandbox.put(begun.record())
        payment = _collected(checkout.payment_id, checkout.net_minor, checkout.currency, now)
        await work.sandbox.put(payment.record())
        data = tellings.checkout_paid(checkout, begun, now)
        return await self.webhooks.record(work, checkout.order_id, told_at, CHECKOUT_PAID, data)

    async def _unpaid(
        self, work: UnitOfWork, checkout: CheckoutState, status: CheckoutStatus, now: datetime
    ) -> str:
        """Note that nothing was paid: the page stays open after a declined card, or is closed."""
        told_at = later_than(now, checkout.told_at)
        await work.sandbox.put(checkout.become(status, told_at).record())
        happened = CHECKOUT_FAILED if status is CheckoutStatus.OPEN else CHECKOUT_EXPIRED
        data = tellings.checkout_unpaid(checkout)
        return await self.webhooks.record(work, checkout.order_id, told_at, happened, data)

    async def _end(self, ticket: str, subscription_id: str, *, is_to_end: bool) -> SandboxPortal:
        webhook = None
        async with self.begin() as work:
            portal = await self._portal(work, ticket)
            subscription = await _subscription(work, portal, subscription_id)
            if subscription.is_active and subscription.cancel_at_period_end is not is_to_end:
                told_at = later_than(self.clock(), subscription.told_at)
                webhook = await self._updated(work, subscription.ending(is_to_end, told_at))
                await work.commit()
        if webhook is not None:
            await self.webhooks.send(webhook)
        return await self.portal(ticket)

    async def _updated(self, work: UnitOfWork, after: SubscriptionState) -> str:
        await work.sandbox.put(after.record())
        data = tellings.updated(after)
        return await self.webhooks.record(
            work, after.order_id, after.told_at, SUBSCRIPTION_UPDATED, data
        )

    async def _period_over(self, listed: SandboxRecord, now: datetime) -> bool:
        """Do what the end of a period brings, unless another process just did."""
        async with self.begin() as work:
            record = await work.sandbox.get(SUBSCRIPTION, listed.id)
            if record is None or record.due_at is None or record.due_at > now:
                return False
            before = state_of(record, SubscriptionState)
            after, happened, data = await period_over(work, before, now)
            await self.webhooks.record(work, after.order_id, after.told_at, happened, data)
            await work.commit()
        return True

    async def _run_out(self, listed: SandboxRecord, now: datetime) -> bool:
        """Close a checkout whose time is over, unless it was paid or closed since it was listed."""
        async with self.begin() as work:
            record = await work.sandbox.get(CHECKOUT, listed.id)
            if record is None or record.due_at is None or record.due_at > now:
                return False
            checkout = state_of(record, CheckoutState)
            await self._unpaid(work, checkout, CheckoutStatus.CLOSED, now)
            await work.commit()
        return True

    async def _forget(self, listed: SandboxRecord) -> None:
        async with self.begin() as work:
            await work.sandbox.remove(listed.kind, listed.id)
            await work.commit()

    async def _portal(self, work: UnitOfWork, ticket: str) -> PortalTicket:
        record = await work.sandbox.get(PORTAL_TICKET, digest_of(ticket))
        portal = None if record is None else state_of(record, PortalTicket)
        if portal is None or portal.expires_at <= self.wall_clock():
            raise PayerUnknown
        return portal


def _collected(
    payment_id: str, amount_minor: int, currency: str, paid_at: datetime
) -> PaymentState:
    return PaymentState(
        id=payment_id, amount_minor=amount_minor, currency=currency, paid_at=paid_at
    )


async def _checkout(work: UnitOfWork, ticket: str) -> CheckoutState:
    pointer = await work.sandbox.get(CHECKOUT_TICKET, digest_of(ticket))
    if pointer is None:
        raise PayerUnknown
    record = await work.sandbox.get(CHECKOUT, state_of(pointer, CheckoutTicket).order_id)
    assert record is not None, "a ticket leads to a checkout"
    return state_of(record, CheckoutState)


async def _subscription(work: UnitOfWork, portal: PortalTicket, id: str) -> SubscriptionState:
    record = None
    if _SUBSCRIPTION_ID.fullmatch(id):
        record = await work.sandbox.get(SUBSCRIPTION, f"{portal.customer_id}/{id}")
    if record is None:
        raise SubscriptionNotFound
    return state_of(record, SubscriptionState)


async def _shown(work: UnitOfWork, portal: PortalTicket) -> SandboxPortal:
    customer = await work.sandbox.get(CUSTOMER, portal.customer_id)
    assert customer is not None, "a portal is opened for a customer"
    records = await work.sandbox.of_kind(SUBSCRIPTION, f"{portal.customer_id}/", SHOWN_MAX)
    return portal_view(
        portal,
        state_of(customer, CustomerState),
        [state_of(record, SubscriptionState) for record in records],
    )
