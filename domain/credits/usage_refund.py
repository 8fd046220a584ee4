"""Usage that is paid back: whole or in part, into the very lots that had paid for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from attrs import evolve

from domain.amount import AMOUNT_MAX, within
from domain.credits.errors import NotUsage, UsageRefundTooLarge
from domain.credits.grant import CATEGORY_OF, Grant, GrantSource, GrantTerms, grant_from
from domain.credits.ids import GrantId, TransactionId
from domain.credits.posting import NewId, Posting
from domain.credits.transaction import (
    USAGE_REFUND,
    Allocation,
    LedgerAccount,
    Transaction,
    TransactionText,
)
from domain.credits.wallet import Wallet

GRACE = timedelta(days=7)
"""So long credits live that come back to a lot whose time was over meanwhile."""


def refund_cause(transaction_id: TransactionId) -> str:
    """Return what the lines name that pay back this transaction."""
    return f"refund:{transaction_id}"


def refund_usage(
    wallet: Wallet,
    line: Transaction,
    lots: Mapping[GrantId, Grant],
    *,
    refunded: int,
    amount: int | None,
    text: TransactionText,
    now: datetime,
    new_id: NewId,
) -> Posting:
    """Pay back an amount of what a line charged, or all that is left of it.

    `lots` are those that paid for it, used up ones included; `refunded` is what was paid back of it
    before. What was drawn last comes back first, as if less had been used. A lot whose time is over
    gets a short life once more. What no lot can take back, because the account owed it, the lot was
    voided, or a payment that came back has filled it, comes as a lot of its own, after what is owed
    has been filled.

    Raises NotUsage, InvalidField, UsageRefundTooLarge.
    """
    if line.credit is not LedgerAccount.USAGE:
        raise NotUsage(transaction_id=line.id)
    left = line.amount - refunded
    asked = left if amount is None else within("amount", amount, least=1, most=AMOUNT_MAX)
    if asked > left or asked == 0:
        raise UsageRefundTooLarge(asked=max(asked, 1), left=left)
    at = wallet.at(now)
    posting = wallet.settle(at, new_id)
    stand = dict(lots) | {grant.id: grant for grant in posting.grants}
    returned: list[Grant] = []
    allocations: list[Allocation] = []
    for part in _last_drawn(line.allocations, refunded, asked):
        lot = stand.get(part.grant_id)
        room = 0 if lot is None or lot.voided_at is not None else lot.amount - lot.remaining
        fitting = min(part.amount, room)
        if lot is not None and fitting:
            returned.append(_returned(lot, fitting, at))
            allocations.append(Allocation(lot.id, fitting))
    into_lots = sum(part.amount for part in allocations)
    cause = refund_cause(line.id)
    if into_lots:
        posting = posting.with_grants(returned).with_line(
            type=USAGE_REFUND,
            debit=LedgerAccount.USAGE,
            credit=LedgerAccount.WALLET,
            amount=into_lots,
            at=at,
            cause=cause,
            allocations=tuple(allocations),
            text=text,
            new_id=new_id,
        )
    if asked > into_lots:
        terms = GrantTerms(
            amount=asked - into_lots,
            source=GrantSource.USAGE_REFUND,
            category=CATEGORY_OF[GrantSource.USAGE_REFUND],
            cause=cause,
        )
        lot_id = GrantId(new_id())
        made = grant_from(terms, grant_id=lot_id, account_id=wallet.account_id, now=at)
        own_text = evolve(text, salt=new_id())
        posting = posting.with_credit(made, at, new_id, own_text)
    return posting.watched(at, has_received=True)


def _last_drawn(drawn: Iterable[Allocation], before: int, amount: int) -> list[Allocation]:
    """Return the next so many credits from the end, after those that came back before."""
    skipped, missing = before, amount
    parts: list[Allocation] = []
    for part in reversed(tuple(drawn)):
        back = part.amount - min(skipped, part.amount)
        skipped -= part.amount - back
        taken = min(back, missing)
        if taken:
            parts.append(Allocation(part.grant_id, taken))
            missing -= taken
    return parts


def _returned(lot: Grant, amount: int, at: datetime) -> Grant:
    expires_at = lot.expires_at
    if expires_at is not None and lot.has_expired(at):
        expires_at = at + GRACE
    return lot.given_back(amount, at, expires_at)
