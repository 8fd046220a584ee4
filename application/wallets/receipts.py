"""How what a change did to a wallet becomes the answer to the command that made it."""

from __future__ import annotations

from datetime import datetime

from application.ports.credits import HoldReceipt, Receipt
from domain.credits.hold import Hold
from domain.credits.ids import GrantId, HoldId
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet


def receipt_of(posting: Posting, *, grant_id: GrantId | None = None) -> Receipt:
    """Return the receipt for the line a command ended with."""
    line, wallet = posting.transactions[-1], posting.wallet
    balance, available = wallet.totals(line.at)
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
    balance, available = wallet.totals(at)
    return Receipt(
        account_id=wallet.account_id,
        amount=amount,
        balance=balance,
        available=available,
        at=at,
        grant_id=grant_id,
    )


def receipt_for_nothing(wallet: Wallet, now: datetime) -> Receipt:
    """Return the receipt for what moved no credits."""
    at = wallet.at(now)
    return Receipt(
        account_id=wallet.account_id,
        amount=0,
        balance=wallet.balance(at),
        available=wallet.available(at),
        at=at,
    )


def receipt_of_hold(posting: Posting, hold_id: HoldId, now: datetime) -> Receipt:
    """Return the receipt for a command about a hold, whether it still stands or has ended."""
    wallet = posting.wallet
    hold = next(each for each in posting.holds if each.id == hold_id)
    at = wallet.at(now)
    balance, available = wallet.totals(at)
    line = next((each for each in posting.transactions if each.id == hold.transaction_id), None)
    return Receipt(
        account_id=wallet.account_id,
        amount=-hold.captured,
        balance=balance,
        available=available,
        at=at,
        transaction_id=hold.transaction_id,
        seq=None if line is None else line.seq,
        hold=_hold_receipt(hold, wallet.held),
    )


def _hold_receipt(hold: Hold, held: int) -> HoldReceipt:
    if hold.is_open:
        return HoldReceipt(
            hold_id=hold.id,
            amount=hold.amount,
            held=held,
            expires_at=hold.expires_at,
            reported=hold.reported,
        )
    return HoldReceipt(
        hold_id=hold.id,
        amount=hold.amount,
        held=held,
        captured=hold.captured,
        shortfall=hold.shortfall,
    )
