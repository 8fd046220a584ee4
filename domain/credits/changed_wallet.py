"""A wallet with some of its fields changed, made quickly: every spend makes two of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from domain.credits.grant import Grant
from domain.credits.hold import Hold

if TYPE_CHECKING:
    from domain.credits.wallet import Wallet


def changed_wallet(
    wallet: Wallet,
    *,
    version: int | None = None,
    seq: int | None = None,
    posted: int | None = None,
    held: int | None = None,
    last_hash: bytes | None = None,
    last_at: datetime | None = None,
    spent_on: date | None = None,
    spent: int | None = None,
    overdrawn: int | None = None,
    grants: tuple[Grant, ...] | None = None,
    holds: tuple[Hold, ...] | None = None,
) -> Wallet:
    """Return the wallet with what spends and holds change of it; what is left out stays as it is.

    Every field is named, because `attrs.evolve` looks each of them up by its name and takes more
    than twice as long. None of those that may be handed over ever goes back to None.
    """
    return type(wallet)(
        account_id=wallet.account_id,
        version=wallet.version if version is None else version,
        seq=wallet.seq if seq is None else seq,
        posted=wallet.posted if posted is None else posted,
        held=wallet.held if held is None else held,
        last_hash=wallet.last_hash if last_hash is None else last_hash,
        last_at=wallet.last_at if last_at is None else last_at,
        spent_on=wallet.spent_on if spent_on is None else spent_on,
        spent=wallet.spent if spent is None else spent,
        overdrawn=wallet.overdrawn if overdrawn is None else overdrawn,
        overdraft_max=wallet.overdraft_max,
        is_frozen=wallet.is_frozen,
        watch=wallet.watch,
        grants=wallet.grants if grants is None else grants,
        holds=wallet.holds if holds is None else holds,
    )
