"""How the last line of a change becomes the answer to the command that made it."""

from __future__ import annotations

from datetime import datetime

from application.ports.credits import Receipt
from domain.credits.ids import GrantId
from domain.credits.posting import Posting


def receipt_of(posting: Posting, *, grant_id: GrantId | None = None) -> Receipt:
    """Return the receipt for the line a command ended with."""
    line, wallet = posting.transactions[-1], posting.wallet
    balance, available = wallet.standing(line.at)
    return Receipt(
        account_id=wallet.account_id,
        amount=line.signed,
        balance=balance,
        available=available,
        at=line.at,
        transaction_id=line.id,
        seq=line.seq,
        grant_id=grant_id,
    )


def receipt_for_later(posting: Posting, *, grant_id: GrantId, amount: int, at: datetime) -> Receipt:
    """Return the receipt for a lot that takes effect later and has no line yet."""
    wallet = posting.wallet
    balance, available = wallet.standing(at)
    return Receipt(
        account_id=wallet.account_id,
        amount=amount,
        balance=balance,
        available=available,
        at=at,
        grant_id=grant_id,
    )
