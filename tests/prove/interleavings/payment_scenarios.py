"""What providers, buyers and admins do at once about one order."""

from collections.abc import Sequence
from typing import Any

from attrs import evolve, frozen

from application.payments.start_checkout import CheckoutStarted
from application.subscriptions.publish_plan import PublishingPlan, PublishPlan
from domain.payments.errors import CheckoutOver
from domain.payments.inbox import InboxStatus
from domain.payments.order import Order, OrderStatus
from domain.period import Interval
from domain.subscriptions.catalogue import ProviderItem
from tests.application.payments.going_back import disputed, refunded, sold
from tests.application.shop import ADMIN, Shop, paid
from tests.prove.interleavings.explorer import Scenario, came_to, unless
from tests.prove.interleavings.stage import Actor, Stage, Violations
from tests.support.builders.credits import a_key
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_pack, a_plan

_PACK = a_pack()


def _known_as(reference: str) -> tuple[ProviderItem, ...]:
    return (ProviderItem(SANDBOX, Interval.MONTHLY, reference),)


_PLAN = a_plan(items=_known_as("at 990"))
_DEARER = evolve(_PLAN, price_monthly_minor=1990, credits_included=3000, items=_known_as("at 1990"))


@frozen
class WebhooksAndConfirmation(Scenario):
    """Two different events about one payment, and the buyer coming back, all at once."""

    async def prepare(self, stage: Stage) -> None:
        await bought(stage)

    def actors(self, stage: Stage) -> Sequence[Actor]:
        order = the_order(stage)
        return [
            stage.hears(paid(order), "news-1"),
            stage.hears(paid(order), "news-2"),
            self.comes_back(stage, order),
        ]

    def comes_back(self, stage: Stage, order: Order) -> Actor:
        """Come back from the provider's page before anybody may have told us."""
        return stage.comes_back(order)

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        return await credited_once(stage)


@frozen
class PaidAndGivenUp(Scenario):
    """An order's time is over, so it is given up, while the news of its payment comes twice."""

    async def prepare(self, stage: Stage) -> None:
        await bought(stage)
        stage.clock.advance(days=30)

    def actors(self, stage: Stage) -> Sequence[Actor]:
        order = the_order(stage)
        return [stage.gives_up(), stage.hears(paid(order), "news-1"), stage.hears(None, "news-1")]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        return await credited_once(stage)


@frozen
class RefundsAndDispute(Scenario):
    """An admin refunds an order twice at once while the bank disputes its payment."""

    async def prepare(self, stage: Stage) -> None:
        await sold(stage)

    def actors(self, stage: Stage) -> Sequence[Actor]:
        order = the_order(stage)
        return [
            stage.refunds(order, 300, key="refund-1"),
            stage.refunds(order, 300, key="refund-2"),
            stage.hears(disputed(order), "news-1"),
        ]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        order = the_order(stage)
        back = sum(each or 0 for each in stage.provider.gone_back.values())
        available = (await stage.wallet()).available(stage.clock())
        return [
            *unless(back == order.refunded_minor == 300, f"{back} went back"),
            *unless(order.status is OrderStatus.DISPUTED, f"the order is {order.status}"),
            *unless(available == 0, f"{available} credits of a disputed order may be spent"),
            *unless(outcomes[2].status is InboxStatus.APPLIED, f"{outcomes[2].error}"),
        ]


@frozen
class RefundToldAndAsked(Scenario):
    """An admin's refund is told of by two events while the provider still answers."""

    async def prepare(self, stage: Stage) -> None:
        await sold(stage)

    def actors(self, stage: Stage) -> Sequence[Actor]:
        order = the_order(stage)
        return [
            stage.refunds(order, 200, key="refund-1"),
            stage.hears(refunded(order, 100, refund_id="re_9"), "news-1"),
            stage.hears(refunded(order, 100, refund_id="re_9"), "news-2"),
            stage.spends(100),
        ]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        order, balance = the_order(stage), await stage.balance()
        return [
            *unless(order.refunded_minor == 300, f"{order.refunded_minor} count as given back"),
            *unless(balance == 100, f"the balance is {balance}"),
        ]


@frozen
class OneBuyerTwice(Scenario):
    """One buyer presses the button three times, twice of it under one key: one order, one page."""

    async def prepare(self, stage: Stage) -> None:
        await stage.offers(_PACK)

    def actors(self, stage: Stage) -> Sequence[Actor]:
        keys = (None, a_key(key="key"), a_key(key="key"))
        return [stage.start_checkout(stage.purchase(_PACK, key=key)) for key in keys]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        started = [each for each in outcomes if isinstance(each, CheckoutStarted)]
        orders = {each.order.id for each in started}
        pages = {each.order.url for each in started}
        return [
            *unless(len(started) == 3, f"they came to {outcomes}"),
            *unless(len(orders) == len(stage.orders()) == 1, f"{len(stage.orders())} orders"),
            *unless(len(pages) == len(stage.provider.checkouts) == 1, f"{pages} were opened"),
        ]


@frozen
class PlanPublishedWhileBought(Scenario):
    """A plan gets dearer, and brings more, while it is bought: nobody gets half of each.

    A page that would ask for another price than was ordered is not opened.
    """

    async def prepare(self, stage: Stage) -> None:
        await stage.offers(_PLAN)

    def actors(self, stage: Stage) -> Sequence[Actor]:
        publish = PublishingPlan(begin=stage.store.begin, clock=stage.clock, new_id=stage.new_id)
        dearer = PublishPlan(plan=_DEARER, is_new=False, actor=ADMIN, reason="Costs have risen")
        return [
            publish(dearer),
            stage.start_checkout(stage.purchase(_PLAN)),
            stage.start_checkout(stage.purchase(_PLAN)),
        ]

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        sold_at = {(order.line.price_minor, order.line.credits) for order in stage.orders()}
        asked = {
            (f"at {request.order.line.price_minor}", request.reference)
            for request in stage.provider.asked
        }
        ended = came_to(CheckoutStarted, outcomes) + came_to(CheckoutOver, outcomes)
        return [
            *unless(sold_at <= {(990, 1000), (1990, 3000)}, f"it was sold at {sold_at}"),
            *unless(all(due == page for due, page in asked), f"pages were opened {asked}"),
            *unless(len(ended) == 2, f"they came to {outcomes}"),
        ]


async def bought(shop: Shop) -> None:
    """Let somebody have opened a checkout, and paid there, without our having heard of it."""
    await shop.offers(_PACK)
    order = await shop.buys(_PACK)
    assert order.session_id is not None
    shop.provider.sessions[order.session_id] = (paid(order),)


def the_order(stage: Stage) -> Order:
    """Return the only order there is."""
    (order,) = stage.orders()
    return order


async def credited_once(stage: Stage) -> Violations:
    """Return what is wrong where one payment was told of in several ways."""
    order = the_order(stage)
    balance, payments = await stage.balance(), stage.payments()
    waiting = [
        event.error
        for event in stage.store.tables.inbox.main.values.values()
        if not event.is_settled
    ]
    return [
        *unless(balance == 500, f"{balance} credits for one payment of 500"),
        *unless(payments == 1, f"{payments} payments"),
        *unless(order.status is OrderStatus.PAID, f"the order is {order.status}"),
        *unless(not waiting, f"events wait: {waiting}"),
    ]
