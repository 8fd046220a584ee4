"""The sandbox: a payment provider inside the process, for demos, tests and first evenings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from domain.credits.ids import AccountId
from domain.payments.provider_event import DisputeStatus


@frozen(kw_only=True)
class SandboxRecord:
    """One thing the sandbox remembers: a checkout, a customer, a subscription, a webhook to send.

    `body` is the sandbox's own JSON text. `due_at` is when time makes something happen to it.
    """

    kind: str
    id: str
    body: str
    due_at: datetime | None = None


class SandboxRecords(Protocol):
    """The sandbox's memory, in the store like everything else."""

    async def get(self, kind: str, id: str) -> SandboxRecord | None:
        """Return a record, locked until the unit ends, or None."""
        ...

    async def put(self, record: SandboxRecord) -> None:
        """Keep a record, new or changed."""
        ...

    async def remove(self, kind: str, id: str) -> None:
        """Forget a record."""
        ...

    async def due(self, kind: str, now: datetime, limit: int) -> Sequence[SandboxRecord]:
        """Return records of a kind whose `due_at` has come, the longest due first."""
        ...

    async def next_due_after(self, kind: str, instant: datetime) -> datetime | None:
        """Return the first `due_at` of a kind that is later than the instant, or None."""
        ...

    async def of_kind(self, kind: str, prefix: str, limit: int) -> Sequence[SandboxRecord]:
        """Return records of a kind whose id begins with the prefix, in id order."""
        ...


@frozen(kw_only=True)
class SandboxCheckout:
    """What the sandbox's checkout page shows, in minor units; `status` is open, paid or closed."""

    session_id: str
    item: str
    interval: str | None
    credits: int
    price_minor: int
    discount_minor: int
    total_minor: int
    currency: str
    email: str | None
    coupon_code: str | None
    status: str
    trial_days: int
    success_url: str
    cancel_url: str


@frozen(kw_only=True)
class SandboxSubscription:
    """What the sandbox's portal shows of a subscription."""

    id: str
    item: str
    interval: str
    price_minor: int
    currency: str
    status: str
    period_end_at: datetime
    cancel_at_period_end: bool


@frozen(kw_only=True)
class SandboxPortal:
    """What the sandbox's portal page shows."""

    customer_id: str
    email: str | None
    subscriptions: tuple[SandboxSubscription, ...]
    return_url: str


class Sandbox(Protocol):
    """The side of the sandbox a buyer touches, and time.

    Every ticket is the unguessable part of a page's address. Raises PayerUnknown for one that does
    not count. What happens here reaches the service as signed webhooks only.
    """

    async def checkout(self, ticket: str) -> SandboxCheckout:
        """Return what a checkout page shows."""
        ...

    async def pay(self, ticket: str) -> str:
        """Pay, and return where the buyer goes next. Paying twice pays once."""
        ...

    async def decline(self, ticket: str) -> SandboxCheckout:
        """Let the card be declined; the page stays open for another try."""
        ...

    async def abandon(self, ticket: str) -> str:
        """Close the page unpaid, and return where the buyer goes next."""
        ...

    async def portal(self, ticket: str) -> SandboxPortal:
        """Return what a portal page shows."""
        ...

    async def cancel(self, ticket: str, subscription_id: str) -> SandboxPortal:
        """Let a subscription end with its period."""
        ...

    async def resume(self, ticket: str, subscription_id: str) -> SandboxPortal:
        """Take a scheduled cancellation back."""
        ...

    async def dispute(self, payment_id: str, status: DisputeStatus) -> str:
        """Let a payment's bank ask about it, open a dispute or decide it; return the dispute's id.

        What is so already, or has come further before it is asked about or opened again, stays as
        it is. Raises PaymentNotFound.
        """
        ...

    async def change_card(self, account_id: AccountId, *, declines: bool) -> None:
        """Let an account's card decline from now on, or work again; then it is tried at once."""
        ...

    async def let_time_pass(self) -> int:
        """Renew or end what is due, send webhooks not delivered yet; say how much happened."""
        ...

    async def next_due_after(self, instant: datetime) -> datetime | None:
        """Return when time next makes something happen here, by the billing clock, or None."""
        ...

    async def is_telling(self) -> bool:
        """Say whether a webhook is still on its way."""
        ...
