"""The end of a hold: what it charges, what it gives back, and what it could not get."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from domain.credits.burning import chosen, drawn, merged, unpinned
from domain.credits.changed_wallet import changed_wallet
from domain.credits.hold import Hold, HoldState
from domain.credits.posting import NewId, Posting
from domain.credits.transaction import Allocation, LedgerAccount, TransactionText

if TYPE_CHECKING:
    from domain.credits.wallet import Wallet


def end_hold(
    posting: Posting,
    hold: Hold,
    *,
    amount: int,
    state: HoldState,
    at: datetime,
    new_id: NewId,
    text: TransactionText | None = None,
    usage: str | None = None,
) -> Posting:
    """End an open hold, charging an amount: less than was held, as much, or more.

    What goes beyond the hold is taken from what is available, then from the overdraft; what is
    missing even so is not charged. Credits given back to a lot whose time is over go with it.
    """
    freed = unpinned(posting, hold.lots)
    charge = _charge(freed.wallet, hold, amount, at)
    spent = _spent(freed.wallet, hold, charge.amount)
    transaction_id = None
    if charge.amount:
        changed, owed = drawn(freed, charge.allocations)
        charged = freed.with_line(
            type=hold.type,
            debit=LedgerAccount.WALLET,
            credit=LedgerAccount.USAGE,
            amount=charge.amount,
            at=at,
            cause=f"hold:{hold.id}",
            allocations=charge.allocations,
            usage=usage if usage is not None else hold.usage,
            text=text if text is not None else hold.text,
            new_id=new_id,
            changed=changed,
            owed=owed,
            spent=spent,
        )
        transaction_id = charged.transactions[-1].id
    else:
        charged = evolve(freed, wallet=changed_wallet(freed.wallet, spent=spent))
    ended = hold.ended(
        state,
        at,
        captured=charge.amount,
        shortfall=amount - charge.amount,
        transaction_id=transaction_id,
    )
    return _over(charged.with_hold(ended), hold, at, new_id)


@frozen(kw_only=True)
class _Charge:
    """What a hold comes to, and which lots pay for it."""

    amount: int
    allocations: tuple[Allocation, ...]


def _charge(wallet: Wallet, hold: Hold, amount: int, at: datetime) -> _Charge:
    """Take first what was set aside, then what there is, then what the account may owe.

    Of what was set aside the lot that burns first is charged first, whenever it was added.
    """
    pins = {pin.grant_id: pin.amount for pin in hold.pins}
    own: list[Allocation] = []
    rest = amount
    for grant in wallet.grants:
        part = min(rest, pins.get(grant.id, 0))
        if part:
            own.append(Allocation(grant.id, part))
            rest -= part
    taken = amount - rest
    if not rest:
        return _Charge(amount=taken, allocations=tuple(own))
    # Room in the overdraft that was set aside stays good, whatever has been owed since.
    promised = min(rest, hold.reserved)
    pays = {each.grant_id: each.amount for each in own}
    lots = tuple(
        grant.drawn(pays[grant.id]) if grant.id in pays else grant for grant in wallet.grants
    )
    others = tuple(each for each in wallet.holds if each.id != hold.id)
    after = changed_wallet(wallet, grants=lots, holds=others)
    room = 0 if wallet.is_frozen else after.room(at, hold.purposes)
    more = min(rest, max(room, promised))
    beyond = chosen(lots, more, at, hold.purposes) if more else ()
    return _Charge(amount=taken + more, allocations=merged((*own, *beyond)))


def _spent(wallet: Wallet, hold: Hold, captured: int) -> int:
    """Return what the day has spent with what the hold came to, instead of what it set aside."""
    if wallet.spent_on != hold.created_at.astimezone(UTC).date():
        return wallet.spent
    return max(0, wallet.spent - hold.amount + captured)


def _over(posting: Posting, hold: Hold, at: datetime, new_id: NewId) -> Posting:
    """Post the end of lots that only the hold had kept from it."""
    kept = {pin.grant_id for pin in hold.pins}
    lots = posting.wallet.grants
    over = {grant.id for grant in lots if grant.id in kept and grant.free and grant.is_over(at)}
    while over:
        # The end of one may leave less to roll over to those that share its cap.
        grant = next(each for each in posting.wallet.grants if each.id in over)
        posting = posting.with_end(grant, at, new_id)
        over.discard(grant.id)
    return posting
