"""Add-on packs: for subscribers of a plan group, and ending with their subscription.

Plain steps, handed an open unit of work; they never commit.
"""

from __future__ import annotations

from attrs import evolve

from application.ports.unit_of_work import UnitOfWork
from application.wallets.granting import Granting
from domain.credits.ids import AccountId
from domain.credits.transaction import TransactionText
from domain.payments.order import Order
from domain.subscriptions.catalogue import Pack
from domain.subscriptions.errors import SubscriptionRequired
from domain.subscriptions.subscription import Subscription


async def check_add_on(work: UnitOfWork, pack: Pack, account_id: AccountId) -> None:
    """Refuse an add-on to an account that has no plan to add it to. Raises SubscriptionRequired."""
    if pack.requires_group is None:
        return
    base = await work.subscriptions.live_in_group(account_id, pack.requires_group)
    if base is None or not base.is_entitled:
        raise SubscriptionRequired(pack_id=pack.id, group=pack.requires_group)


async def tie_add_on(work: UnitOfWork, order: Order) -> tuple[str, ...]:
    """Let what a pack's order brought end with the subscription it was added to.

    Where that has ended before the money came, the credits stay: they were paid for, and the
    buyer could not know.
    """
    if order.ends_with_group is None:
        return ()
    found = await work.subscriptions.live_in_group(order.account_id, order.ends_with_group)
    if found is None:
        return ()
    base = await work.subscriptions.take(found.id)
    if not base.is_live:
        return ()
    await work.subscriptions.save(evolve(base, course=base.course.with_add_on(order.id)))
    return (f"it ends with subscription {base.id}",)


async def end_add_ons(granting: Granting, subscription: Subscription) -> Subscription:
    """Take away what is left of a subscription's add-ons; what holds have of it, as they end."""
    causes = {f"order:{order_id}" for order_id in subscription.course.add_ons}
    now = granting.now
    open_lots = [
        grant.id
        for grant in granting.posting.wallet.grants
        if grant.cause in causes and not grant.is_over(granting.posting.wallet.at(now))
    ]
    for grant_id in open_lots:
        text = TransactionText(
            salt=granting.new_id(), description=f"Ended with {subscription.plan_name}"
        )
        wallet = granting.posting.wallet
        voided = wallet.void(grant_id, text=text, now=now, new_id=granting.new_id)
        granting.posting = granting.posting.then(voided)
    return evolve(subscription, course=evolve(subscription.course, add_ons=()))
