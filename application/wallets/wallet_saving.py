"""The one way in which a use case saves a wallet: what the change tells is in the same commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from application.ports.credits import KeyedReceipt
from application.ports.system import NewId
from application.ports.unit_of_work import UnitOfWork
from application.wallets.credit_events import events_of
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet


async def save_wallet(
    work: UnitOfWork,
    before: Wallet,
    posting: Posting,
    now: datetime,
    new_id: NewId,
    receipts: Sequence[KeyedReceipt] = (),
) -> None:
    """Write the change of a wallet that was taken as `before`, and tell what is to be told of it.

    A plain step: the caller commits.
    """
    await work.wallets.save(posting, receipts)
    for event in events_of(before, posting, now, new_id):
        await work.outbox.add(event)
