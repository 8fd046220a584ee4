"""The use cases on a memory store: a small shop with one provider on strings."""

from datetime import datetime

from attrs import Factory, define, evolve

from application.credits.steps.charging import Charging
from application.credits.steps.rate_desk import RateDesk
from application.payments.apply_event import ApplyEvent, ApplyingEvent, EventApplied
from application.payments.chase_refunds import ChaseRefunds, ChasingRefunds
from application.payments.confirm_checkout import ConfirmCheckout, ConfirmingCheckout
from application.payments.drain_inbox import DrainInbox, DrainingInbox
from application.payments.receive_event import ReceiveEvent, ReceivingEvent
from application.payments.reconcile import Reconcile, Reconciled, Reconciling
from application.payments.refund_order import RefundingOrder, RefundOrder
from application.payments.replay_events import ReplayingEvents
from application.payments.resolve_dispute import ResolveDispute, ResolvingDispute
from application.payments.settle_order import OrderSettled, SettleOrder, SettlingOrder
from application.payments.start_checkout import StartCheckout, StartingCheckout
from application.payments.sweep_orders import SweepingOrders, SweepOrders
from application.ports.idempotency import RequestKey
from application.ports.provider import Providers
from application.ports.unit_of_work import BeginWork
from application.subscriptions.fulfil_wish import Asked, FulfillingWish, FulfilWish
from application.subscriptions.issue_due_credits import IssueDueCredits, IssuingDueCredits
from application.subscriptions.keep_time import KeepingTime, KeepTime
from application.wallets.group_commit import GroupCommit
from domain.access.audit import Actor
from domain.credits.claw_back import Shortfall
from domain.credits.ids import AccountId
from domain.payments.dispute import Dispute
from domain.payments.ids import Channel
from domain.payments.inbox import InboxEvent
from domain.payments.order import Order, OrderType
from domain.payments.payment import Payment
from domain.payments.provider_event import CheckoutPaid, DisputeStatus, ProviderEvent
from domain.payments.refund import Refund
from domain.period import Interval, Period
from domain.promotions.check_in_rules import CheckInRules
from domain.promotions.coupon import Coupon
from domain.subscriptions.catalogue import Pack, Plan
from domain.subscriptions.dunning import DunningRules
from domain.subscriptions.subscription import Subscription
from tests.application.shop_books import ShopBooks
from tests.support.builders.credits import SOMEBODY, a_key
from tests.support.builders.payments import SANDBOX, a_payment
from tests.support.builders.promotions import a_code
from tests.support.clock import CountedIds
from tests.support.fake_provider import SIGNATURE, SIGNATURE_HEADER, Several
from tests.support.turns import unhurried

ORIGINS = ("https://shop.example",)
SUCCESS_URL = "https://shop.example/done"
CANCEL_URL = "https://shop.example/plans"
TRIAL_KEY = "what addresses are hashed with"
ADMIN = Actor(id="admin-1", request_id="request-1")


@define(kw_only=True)
class Shop(ShopBooks):
    """A store, a clock, ids, a provider, and every use case that needs them."""

    new_id: CountedIds = Factory(CountedIds)
    alarms: list[tuple[str, BaseException]] = Factory(list)
    shortfall: Shortfall = Shortfall.OWE
    dunning: DunningRules = Factory(DunningRules)
    providers: Providers = Factory(
        lambda self: {self.provider.channel: self.provider}, takes_self=True
    )
    commit: GroupCommit = Factory(
        lambda self: GroupCommit(ledger=self.store.ledger, clock=self.clock, new_id=self.new_id),
        takes_self=True,
    )

    @property
    def charging(self) -> Charging:
        """How costs become credits here."""
        desk = RateDesk(read=self.store.read, stopwatch=lambda: 0.0)
        return Charging(desk=desk, clock=self.clock)

    def alarm(self, what: str, fault: BaseException) -> None:
        self.alarms.append((what, fault))

    async def offers(self, *things: Plan | Pack | Coupon | CheckInRules) -> None:
        """Put things on sale, without any admin."""
        async with self.store.begin() as work:
            for thing in things:
                match thing:
                    case Plan():
                        await work.plans.add(thing)
                    case Pack():
                        await work.packs.add(thing)
                    case Coupon():
                        await work.coupons.add(thing, a_code(thing))
                    case CheckInRules():
                        await work.check_ins.add_rules(thing)
            await work.commit()

    def purchase(
        self,
        item: Plan | Pack,
        *,
        account_id: AccountId = SOMEBODY,
        channel: Channel = SANDBOX,
        interval: Interval = Interval.MONTHLY,
        coupon_code: str | None = None,
        credit_codes: tuple[str, ...] = (),
        key: RequestKey | None = None,
    ) -> StartCheckout:
        """Return the wish to buy something."""
        is_plan = isinstance(item, Plan)
        return StartCheckout(
            account_id=account_id,
            channel=channel,
            item=item.id,
            type=OrderType.SUBSCRIPTION if is_plan else OrderType.CREDITS,
            interval=interval,
            coupon_code=coupon_code,
            credit_codes=credit_codes,
            success_url=SUCCESS_URL,
            cancel_url=CANCEL_URL,
            key=key,
        )

    @property
    def start_checkout(self) -> StartingCheckout:
        return StartingCheckout(
            begin=self.store.begin,
            read=self.store.read,
            providers=self.providers,
            return_origins=ORIGINS,
            clock=self.clock,
            new_id=self.new_id,
            alarm=self.alarm,
            shortfall=self.shortfall,
            trial_key=TRIAL_KEY,
        )

    async def buys(
        self,
        item: Plan | Pack,
        *,
        account_id: AccountId = SOMEBODY,
        interval: Interval = Interval.MONTHLY,
        coupon_code: str | None = None,
        credit_codes: tuple[str, ...] = (),
    ) -> Order:
        """Start a checkout, from a page of its own, so that no open one stands for it."""
        wish = self.purchase(
            item,
            account_id=account_id,
            interval=interval,
            coupon_code=coupon_code,
            credit_codes=credit_codes,
        )
        own_page = evolve(wish, cancel_url=f"{CANCEL_URL}?visit={self.new_id()}")
        return (await self.start_checkout(own_page)).order

    @property
    def apply(self) -> ApplyingEvent:
        return ApplyingEvent(
            begin=self.store.begin,
            providers=self.providers,
            clock=self.clock,
            new_id=self.new_id,
            alarm=self.alarm,
            shortfall=self.shortfall,
        )

    async def apply_now(self, channel: Channel, event_id: str) -> EventApplied:
        return await self.apply(ApplyEvent(channel=channel, event_id=event_id))

    async def tries(self, channel: Channel, event_id: str) -> bool:
        """Apply an event that is due, as whoever takes webhooks in and the worker do."""
        return (await self.apply_now(channel, event_id)).is_tried

    @property
    def receive(self) -> ReceivingEvent:
        return ReceivingEvent(
            new_id=self.new_id,
            begin=self.store.begin,
            providers=self.providers,
            apply=self.apply.delivered,
            clock=self.clock,
            alarm=self.alarm,
        )

    async def hears(
        self, event: ProviderEvent | Several | Exception | None, event_id: str | None = None
    ) -> InboxEvent:
        """Take in a webhook with this meaning, and return what lies in the inbox then."""
        event_id = event_id or f"event-{len(self.provider.meanings) + 1}"
        if event is not None:
            self.provider.meanings[event_id] = event
        headers = {SIGNATURE_HEADER: SIGNATURE}
        channel = self.provider.channel
        await self.receive(ReceiveEvent(channel=channel, body=event_id.encode(), headers=headers))
        return await self.event(event_id)

    @property
    def confirm(self) -> ConfirmingCheckout:
        return ConfirmingCheckout(
            begin=self.store.begin,
            read=self.store.read,
            providers=self.providers,
            clock=self.clock,
            new_id=self.new_id,
            alarm=self.alarm,
            shortfall=self.shortfall,
            turns=unhurried(),
        )

    async def comes_back(self, order: Order, account_id: AccountId = SOMEBODY) -> Order:
        """Let a buyer come back from the checkout of an order."""
        return await self.confirm(ConfirmCheckout(account_id=account_id, order_id=order.id))

    @property
    def refund(self) -> RefundingOrder:
        return RefundingOrder(
            begin=self.store.begin,
            read=self.store.read,
            providers=self.providers,
            clock=self.clock,
            new_id=self.new_id,
            shortfall=self.shortfall,
        )

    async def refunds(
        self, order: Order, amount_minor: int | None = None, *, key: str | None = None
    ) -> Refund:
        """Let an admin give money of an order back."""
        command = RefundOrder(
            order_id=order.id,
            amount_minor=amount_minor,
            reason="By mistake",
            actor=ADMIN,
            key=a_key(owner=ADMIN.id, key=key),
        )
        return (await self.refund(command)).refund

    async def chases_refunds(self) -> int:
        """Let the worker ask what became of refunds that are still open."""
        chase = ChasingRefunds(
            begin=self.store.begin,
            read=self.store.read,
            providers=self.providers,
            clock=self.clock,
            new_id=self.new_id,
            alarm=self.alarm,
            shortfall=self.shortfall,
        )
        return (await chase(ChaseRefunds())).asked

    async def settles(self, order: Order, key: RequestKey | None = None) -> OrderSettled:
        """Let an admin say that an order needs nobody any more."""
        settle = SettlingOrder(begin=self.store.begin, clock=self.clock, new_id=self.new_id)
        reason = "The customer keeps both"
        return await settle(SettleOrder(order_id=order.id, reason=reason, actor=ADMIN, key=key))

    async def resolves(self, dispute: Dispute, outcome: DisputeStatus) -> Dispute:
        """Let an admin say how a dispute ended."""
        resolve = ResolvingDispute(
            begin=self.store.begin,
            clock=self.clock,
            new_id=self.new_id,
            shortfall=self.shortfall,
        )
        command = ResolveDispute(
            dispute_id=dispute.id, outcome=outcome, reason="The dashboard says so", actor=ADMIN
        )
        return (await resolve(command)).dispute

    @property
    def fulfil_wish(self) -> FulfillingWish:
        return FulfillingWish(
            begin=self.store.begin,
            read=self.store.read,
            providers=self.providers,
            clock=self.clock,
            new_id=self.new_id,
            alarm=self.alarm,
        )

    @property
    def replay(self) -> ReplayingEvents:
        return ReplayingEvents(
            begin=self.store.begin,
            read=self.store.read,
            apply=self.tries,
            clock=self.clock,
            new_id=self.new_id,
        )

    def reconciling(self, begin: BeginWork) -> Reconciling:
        """Compare with the providers, and write through these units of work."""
        return Reconciling(
            begin=begin,
            read=self.store.read,
            providers=self.providers,
            clock=self.clock,
            wall_clock=self.clock,
            new_id=self.new_id,
            alarm=self.alarm,
            shortfall=self.shortfall,
        )

    async def reconciles(
        self,
        *,
        is_to_be_applied: bool = True,
        channel: Channel | None = None,
        since: datetime | None = None,
    ) -> Reconciled:
        """Compare with the providers, a week back unless said otherwise."""
        return await self.reconciling(self.store.begin)(
            Reconcile(
                channel=channel,
                since=since,
                is_to_be_applied=is_to_be_applied,
                reason="the webhooks did not come",
                actor=ADMIN,
            )
        )

    async def drains(self, rounds: int = 1) -> None:
        """Let the worker retry what waits, so many times, a while apart."""
        drain = DrainingInbox(read=self.store.read, apply=self.tries, clock=self.clock)
        for _ in range(rounds):
            self.clock.advance(seconds=1)
            await drain(DrainInbox())

    async def issues(self) -> int:
        """Let the worker issue due credits."""
        issue = IssuingDueCredits(
            begin=self.store.begin, read=self.store.read, clock=self.clock, new_id=self.new_id
        )
        return (await issue(IssueDueCredits())).subscriptions

    async def keeps_time(self) -> int:
        """Let the worker do what time alone does to subscriptions."""
        keep = KeepingTime(
            begin=self.store.begin,
            read=self.store.read,
            providers=self.providers,
            dunning=self.dunning,
            clock=self.clock,
            new_id=self.new_id,
            alarm=self.alarm,
        )
        return (await keep(KeepTime())).subscriptions

    async def pauses(self, subscription: Subscription, resume_at: datetime | None = None) -> None:
        """Let a customer pause a subscription."""
        await self.fulfil_wish(
            FulfilWish(
                asked=Asked.PAUSE,
                account_id=subscription.account_id,
                subscription_id=subscription.id,
                actor=Actor(id=subscription.account_id),
                resume_at=resume_at,
            )
        )

    async def gives_up(self) -> int:
        """Let the worker give up orders that have run out."""
        sweep = SweepingOrders(
            begin=self.store.begin, read=self.store.read, clock=self.clock, new_id=self.new_id
        )
        return (await sweep(SweepOrders())).expired


def paid(
    order: Order,
    payment: Payment | None = None,
    *,
    subscription: str | None = None,
    period: Period | None = None,
    customer: str | None = None,
) -> CheckoutPaid:
    """Return the news that an order's checkout was paid, in full unless said otherwise."""
    return CheckoutPaid(
        order_id=order.id,
        payment=payment or payment_for(order),
        customer_id=customer,
        provider_subscription_id=subscription,
        period=period,
    )


def payment_for(
    order: Order, *, payment_id: str | None = None, paid_at: datetime | None = None
) -> Payment:
    """Return the payment that an order asks for."""
    return a_payment(
        channel=order.channel,
        provider_payment_id=payment_id or f"payment-of-{order.id}",
        net_minor=order.due_minor,
        currency=order.line.currency,
        paid_at=paid_at or order.created_at,
    )
