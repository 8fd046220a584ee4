"""The lots an order brought, kept in step with how much of its money has gone back."""

from __future__ import annotations

from attrs import evolve

from application.wallets.granting import Granting
from domain.credits.claw_back import Claim, ClaimsSettled, PaidLot, Shortfall, settle_claims
from domain.payments.order import Order


async def settle_lots(
    granting: Granting, order: Order, *, shortfall: Shortfall, cause: str, description: str
) -> tuple[Order, tuple[str, ...]]:
    """Claim of an order's lots what is due now, or give it back; freeze or free what is left.

    A plain step: the caller saves what was granted, and the order as it is returned, after which
    words say what was done. Lots granted in this unit of work count like those granted before.
    """
    settled = settle_claims(
        granting.posting,
        await _lots(granting, order),
        gone=order.gone,
        is_disputed=order.is_disputed,
        shortfall=shortfall,
        cause=cause,
        description=description,
        now=granting.now,
        new_id=granting.new_id,
    )
    granting.posting = settled.posting
    return evolve(order, claims=settled.claims), _words(settled)


async def _lots(granting: Granting, order: Order) -> list[PaidLot]:
    wallets, account_id = granting.work.wallets, order.account_id
    stored = await wallets.lots_caused_by(account_id, order.cause)
    expired = await wallets.expired_of(account_id, order.cause)
    known = {grant.id for grant in stored}
    granted = [
        grant
        for grant in granting.posting.grants
        if grant.cause == order.cause and grant.id not in known
    ]
    claims = {claim.grant_id: claim for claim in order.claims}
    return [
        PaidLot(
            grant=grant,
            expired=expired.get(grant.id, 0),
            claim=claims.get(grant.id, Claim(grant_id=grant.id)),
        )
        for grant in (*stored, *granted)
    ]


def _words(settled: ClaimsSettled) -> tuple[str, ...]:
    said = {
        "took {} credits": settled.taken - settled.owed,
        "{} credits are owed": settled.owed,
        "{} spent credits are not owed": settled.forgiven,
        "gave back {} credits": settled.given,
    }
    return tuple(words.format(amount) for words, amount in said.items() if amount)
