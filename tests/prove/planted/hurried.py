"""Scenarios in which somebody looks, and then acts on what they saw, as in a hurry.

Each is right as long as nobody else does anything in between; the store's own guards, its unique
keys and versions, are in force.
"""

from collections.abc import Sequence
from contextlib import suppress

from attrs import frozen

from application.promotions.check_in import CheckedIn
from application.wallets.granting import begin_granting
from application.wallets.group_commit import GroupCommit
from domain.credits.errors import HoldNotOpen
from domain.credits.grant import CATEGORY_OF, GrantSource, GrantTerms
from domain.payments.order import Order
from domain.promotions.check_in import standing
from domain.promotions.errors import AlreadyCheckedIn
from tests.application.scripted_ledger import give, take
from tests.application.shop import payment_for
from tests.prove.interleavings.credit_scenarios import LastCredits
from tests.prove.interleavings.hold_scenarios import (
    CaptureAgainstExpiry,
    capture,
    one_by_one,
    the_hold,
)
from tests.prove.interleavings.payment_scenarios import WebhooksAndConfirmation
from tests.prove.interleavings.promotion_scenarios import CheckInsOfADay
from tests.prove.interleavings.stage import Actor, Stage
from tests.prove.planted.wrong_ledgers import UnguardedLedger
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.promotions import a_check_in, some_rules


@frozen
class HurriedDebits(LastCredits):
    """Balances are read, judged, and written, whatever has been written in between."""

    def actors(self, stage: Stage) -> Sequence[Actor]:
        stage.processes = [
            GroupCommit(
                ledger=UnguardedLedger(stage.store.ledger), clock=stage.clock, new_id=stage.new_id
            )
            for _ in stage.processes
        ]
        return super().actors(stage)


@frozen
class HurriedCheckIns(CheckInsOfADay):
    """Whether the day was had is looked up; then the award is given, then the day is kept."""

    def checks_in(self, stage: Stage, key: str | None) -> Actor:
        return _checks_in(stage)


@frozen
class HurriedConfirmation(WebhooksAndConfirmation):
    """An order that was seen unpaid is credited to the buyer who came back."""

    def comes_back(self, stage: Stage, order: Order) -> Actor:
        return _credits_what_was_unpaid(stage, order)


@frozen
class HurriedCapture(CaptureAgainstExpiry):
    """A hold that was seen open is charged, and ended afterwards."""

    def captures(self, stage: Stage) -> Actor:
        return _charges_then_ends(stage)


async def _checks_in(stage: Stage) -> CheckedIn:
    async with stage.store.read() as work:
        last = await work.check_ins.last(SOMEBODY)
    made = a_check_in()
    if last is not None:
        raise AlreadyCheckedIn(next_at=made.at)
    given = await stage.commit(give(made.award))
    async with stage.store.begin() as work:
        with suppress(AlreadyCheckedIn):
            await work.check_ins.add(made)
            await work.commit()
    ahead = standing(some_rules(), made, made.zone, made.at)
    return CheckedIn(
        check_in=made,
        balance=given.receipt.balance,
        next_at=ahead.next_at,
        next_award=ahead.next_award,
    )


async def _credits_what_was_unpaid(stage: Stage, order: Order) -> None:
    async with stage.store.read() as work:
        seen = await work.orders.find(order.id)
    if seen.was_paid:
        return
    payment = payment_for(order)
    async with stage.store.begin() as work:
        granting = await begin_granting(work, SOMEBODY, stage.clock(), stage.new_id)
        if await work.payments.order_paid_by(order.channel, payment.provider_payment_id) is None:
            await work.payments.add(payment, order.id)
        terms = GrantTerms(
            amount=order.line.credits,
            source=GrantSource.PURCHASE,
            category=CATEGORY_OF[GrantSource.PURCHASE],
            cause=order.cause,
        )
        await granting.once(f"visit:{order.id}", terms, "Purchase")
        await work.orders.save(seen.paid_by(payment, stage.clock()))
        await granting.save()
        await work.commit()


async def _charges_then_ends(stage: Stage) -> list[object]:
    wallet = (await stage.store.ledger.load([SOMEBODY]))[SOMEBODY]
    seen = [hold for hold in wallet.holds if hold.expires_at > stage.clock()]
    if not seen:
        return [HoldNotOpen(hold_id=the_hold(stage))]
    process = stage.processes[0]
    return await one_by_one(process(take(5, key="charge")), capture(stage, process, 0, "end"))
