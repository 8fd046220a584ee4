"""A shop whose customers change plans: two plans, quotes, and what becomes of them."""

from datetime import datetime, timedelta

from attrs import Factory, define, evolve

from adapters.quote_seal import SignedQuotes
from application.ports.idempotency import RequestKey
from application.subscriptions.change_plan import PlanChanged
from application.subscriptions.preview_change import (
    ChangePreviewed,
)
from domain.credits.ids import AccountId
from domain.payments.order import Order, OrderStatus
from domain.payments.payment import Payment
from domain.payments.provider_event import (
    ChangePaid,
    PeriodPaid,
    ProviderStatus,
    SubscriptionReported,
)
from domain.period import Interval, Period, add_months
from domain.subscriptions.catalogue import Plan, ProviderItem
from domain.subscriptions.change import Change
from domain.subscriptions.quote import ChangeRules
from domain.subscriptions.subscription import Subscription
from tests.application.shop import Shop, paid
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX, a_payment, an_order
from tests.support.builders.subscriptions import a_plan
from tests.support.change_desk import ChangeDesk
from tests.support.clock import NOON

SUB = "sub_1"
MINUTE = timedelta(minutes=1)
# January has 31 days, of which a third is left after two of these.
THIRD = timedelta(days=31) / 3


def _plan(name: str, price_minor: int, credits: int) -> Plan:
    references = tuple(
        ProviderItem(SANDBOX, interval, f"price_{name.lower()}_{interval.value}")
        for interval in Interval
    )
    return a_plan(
        name=name,
        price_monthly_minor=price_minor,
        price_yearly_minor=price_minor * 10,
        credits_included=credits,
        items=references,
    )


STARTER, PRO = _plan("Starter", 990, 1000), _plan("Pro", 2990, 5000)
TEAM = _plan("Team", 8990, 20000)


@define(kw_only=True)
class ChangingShop(Shop):
    """A shop that sells a small and a large plan, to somebody who has the small one."""

    rules: ChangeRules = Factory(ChangeRules)
    seal: SignedQuotes = Factory(lambda: SignedQuotes("the service's secret, nobody else's"))

    async def opens(
        self,
        plan: Plan = STARTER,
        interval: Interval = Interval.MONTHLY,
        catalogue: tuple[Plan, ...] = (STARTER, PRO),
    ) -> None:
        """Sell a plan to somebody, at a provider that bills it."""
        self.provider.due_minor = 667
        await self.offers(*catalogue)
        order = await self.buys(plan, interval=interval)
        period = Period(NOON, add_months(NOON, interval.months))
        await self.hears(paid(order, subscription=SUB, period=period))
        self.provider.reports[SUB] = SubscriptionReported(
            channel=SANDBOX,
            provider_subscription_id=SUB,
            status=ProviderStatus.ACTIVE,
            period=period,
            cancel_at_period_end=False,
            as_of=NOON + MINUTE,
            reference=plan.reference(SANDBOX, interval),
        )

    @property
    def sold(self) -> Subscription:
        (subscription,) = self.subscriptions()
        return subscription

    @property
    def desk(self) -> ChangeDesk:
        return ChangeDesk(
            store=self.store,
            clock=self.clock,
            new_id=self.new_id,
            provider=self.provider,
            alarms=self.alarms,
            rules=self.rules,
            seal=self.seal,
        )

    async def previews(
        self, plan: Plan = PRO, interval: Interval = Interval.MONTHLY
    ) -> ChangePreviewed:
        """Ask what a change would mean."""
        return await self.desk.previews(plan, interval)

    async def takes(
        self,
        quote: str,
        *,
        account_id: AccountId | None = SOMEBODY,
        key: RequestKey | None = None,
    ) -> PlanChanged:
        """Take a quote up."""
        return await self.desk.takes(quote, account_id=account_id, key=key)

    async def changes(self, plan: Plan = PRO, interval: Interval = Interval.MONTHLY) -> PlanChanged:
        """Preview a change and take it up at once."""
        return await self.takes((await self.previews(plan, interval)).sealed)

    async def gives_order_of(self, sold: Subscription) -> None:
        """Let there be the order that a subscription began with."""
        async with self.store.begin() as work:
            order = an_order(id=sold.order_id, status=OrderStatus.PAID, paid_at=NOON)
            await work.orders.add(order)
            await work.commit()

    async def carries_out(self) -> int:
        """Let the worker do what is due about changes."""
        return await self.desk.carries_out()

    async def renews(self, net_minor: int, period: Period | None = None) -> None:
        """Let the provider collect for the next period, or one it names."""
        sold = self.sold
        end_at = sold.period.end_at
        next_one = period or Period(end_at, add_months(sold.anchor_at, 1 + _months(sold)))
        payment = self.payment(net_minor, f"renewal-{next_one.start_at.isoformat()}")
        told = PeriodPaid(provider_subscription_id=SUB, payment=payment, period=next_one)
        event = await self.hears(told)
        assert event.is_settled, event

    async def collects(self, net_minor: int, change: Change | None = None) -> Order:
        """Let the provider tell that it has collected for a change, the newest unless said."""
        key = (change or self.made()[-1]).id
        return await self.hears_of_money(self.payment(net_minor, f"change-{key}"), key=key)

    async def hears_of_money(
        self, payment: Payment, *, key: str | None = None, at: tuple[datetime, ...] = ()
    ) -> Order:
        """Let the provider tell of money for a change; return the order it was booked under."""
        told = ChangePaid(provider_subscription_id=SUB, payment=payment, key=key, prorated_at=at)
        await self.hears(told)
        async with self.store.read() as work:
            order_id = await work.payments.order_paid_by(SANDBOX, payment.provider_payment_id)
        assert order_id is not None
        return await self.order(order_id)

    def payment(self, net_minor: int, payment_id: str) -> Payment:
        return a_payment(
            channel=SANDBOX,
            provider_payment_id=payment_id,
            net_minor=net_minor,
            currency="USD",
            paid_at=self.clock(),
        )

    async def tells(
        self,
        plan: Plan,
        interval: Interval = Interval.MONTHLY,
        status: ProviderStatus = ProviderStatus.ACTIVE,
    ) -> None:
        """Let the provider's webhook say what the subscription is billed as."""
        report = self.provider.reports[SUB]
        assert isinstance(report, SubscriptionReported)
        reference, as_of = plan.reference(SANDBOX, interval), self.clock() + MINUTE
        await self.hears(evolve(report, reference=reference, status=status, as_of=as_of))

    async def ends(self, plan: Plan, interval: Interval = Interval.MONTHLY) -> None:
        """Let the provider tell that the subscription was ended, and how it was billed then."""
        await self.tells(plan, interval, ProviderStatus.CANCELED)

    def made(self) -> list[Change]:
        """Return every change that was asked for, the oldest first."""
        return list(self.store.tables.plan_changes.main.values.values())

    def all_said(self) -> list[tuple[str, str, str]]:
        """Return who did what to the plan, as the audit log has it."""
        return [
            (kept.action, kept.after, kept.actor.id)
            for kept in self.audited()
            if "plan" in kept.action
        ]


def _months(sold: Subscription) -> int:
    gone = (sold.period.end_at.year - sold.anchor_at.year) * 12
    return gone + sold.period.end_at.month - sold.anchor_at.month


async def a_changing_shop() -> ChangingShop:
    """Somebody has had the small plan for two thirds of its month."""
    shop = ChangingShop()
    await shop.opens()
    shop.clock.now = NOON + 2 * THIRD
    return shop
