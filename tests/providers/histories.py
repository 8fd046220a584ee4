"""Random lives at a provider: what buyers, banks and time do there, while webhooks get lost."""

import random
from collections.abc import Callable, Sequence
from typing import TypedDict

from attrs import Factory, define, field

from domain.credits.ids import AccountId
from domain.errors import BillingError
from domain.payments.order import Order
from domain.period import Interval
from domain.subscriptions.catalogue import Pack, Plan
from tests.providers.business import Business
from tests.providers.goods import a_pack_at, a_plan_at
from tests.providers.till import Bank, News, Till


class _Terms(TypedDict):
    name: str
    price_minor: int
    credits: int


LOSS = 0.3
REPEATS = 0.5
CUSTOMERS_MAX = 3
STEPS = (3, 8)
DAY = 24 * 3600
# Beside the plan that is sold first: what its subscribers may change to.
_OTHERS: Sequence[_Terms] = (
    {"name": "Large", "price_minor": 2990, "credits": 5000},
    {"name": "Small", "price_minor": 490, "credits": 300},
)
# What an endpoint that is set up by our guide is not sent.
UNASKED = frozenset(
    {
        "charge.succeeded",
        "invoice.created",
        "invoice.finalized",
        "invoice.updated",
        "invoice.payment_succeeded",
        "payment_intent.created",
        "payment_intent.succeeded",
        "payment_method.attached",
    }
)


@define(kw_only=True)
class History:
    """One true history at one provider, several customers long, all of it drawn from one seed.

    What happens there happens truly; what of it is told to us, how often and in which order, is
    chance. Some buyers come back from their checkouts, some before any webhook. Where there is a
    chance for `changes`, subscribers change their plans as well.
    """

    business: Business
    till: Till
    chance: random.Random
    changes: random.Random | None = None
    loss: float = LOSS
    unasked: frozenset[str] = UNASKED
    steps: list[str] = Factory(list)
    _pack: Pack = field(init=False)
    _plan: Plan = field(init=False)
    _others: Sequence[Plan] = ()
    _accounts: Sequence[AccountId] = field(init=False)
    _orders: dict[str, Order] = Factory(dict)
    _heard: int = 0

    async def live(self) -> None:
        """Let everything happen, and deliver some of it on the way."""
        self._pack, self._plan = a_pack_at(self.till), a_plan_at(self.till)
        self._accounts = [
            AccountId(f"customer-{n}") for n in range(self.chance.randint(1, CUSTOMERS_MAX))
        ]
        await self.business.offers(self._pack, self._plan)
        if self.changes is not None:
            self._others = [a_plan_at(self.till, **terms) for terms in _OTHERS]
            await self.business.offers(*self._others)
        await self._buys()
        for _ in range(self.chance.randint(*STEPS) * (1 if self.changes is None else 2)):
            self.business.clock.advance(seconds=self.chance.randint(1, 6 * DAY))
            await self._step()
            if self.chance.random() < 0.4:
                await self._deliver()
            if self.chance.random() < 0.3:
                await self.business.work(rounds=1)
        await self._deliver()

    async def _step(self) -> None:
        deeds: Sequence[tuple[Callable[[], object], int]] = (
            (self._pays, 4),
            (self._renews, 4),
            (self._falls_behind, 2),
            (self._cancels, 2),
            (self._ends, 1),
            (self._gives_back, 3),
            (self._disputes, 1),
            (self._decides, 1),
        )
        [deed] = self.chance.choices([e for e, _ in deeds], [weight for _, weight in deeds])
        if self.chance.random() < 0.35:
            await self._buys()
        deed()
        if self.changes is not None and self.changes.random() < 0.6:
            await self._changes_plan(self.changes)
        if self.chance.random() < 0.2 and self._orders:
            order = self.chance.choice(list(self._orders.values()))
            await self.business.comes_back(order)
            self.steps.append(f"{order.account_id} comes back")

    async def _buys(self) -> None:
        account_id = self.chance.choice(self._accounts)
        thing = self.chance.choice((self._pack, self._plan))
        has_plan = any(
            order.account_id == account_id and order.line.item_id == self._plan.id
            for order in self._orders.values()
        )
        if thing is self._plan and has_plan:
            # One who pays for two plans of a group has two subscriptions there and one here.
            thing = self._pack
        interval = self.chance.choice((Interval.MONTHLY, Interval.MONTHLY, Interval.YEARLY))
        order = await self.business.buy(account_id, self.till.channel, thing, interval)
        assert order.session_id is not None
        self._orders[order.session_id] = order
        self.steps.append(f"{account_id} opens {order.session_id}")
        if self.chance.random() < 0.7:
            self._pay(order.session_id)

    def _pay(self, session_id: str) -> None:
        if session_id not in self.till.open_checkouts():
            # The same page again, as nobody has heard yet that it is paid.
            return
        self.till.pay(session_id, tax_percent=self.chance.choice((0, 21)))
        self.steps.append(f"{session_id} is paid")

    def _pays(self) -> None:
        waiting = self.till.open_checkouts()
        if waiting:
            session_id = self.chance.choice(waiting)
            if self.chance.random() < 0.8:
                self._pay(session_id)
            else:
                self.till.abandon(session_id)
                self.steps.append(f"{session_id} runs out")

    def _renews(self) -> None:
        for each in self.till.subscriptions():
            if each.status == "active" and not each.is_ending and self._is_due(each.id):
                self.till.renew(each.id)
                self.steps.append(f"{each.id} is renewed")

    def _falls_behind(self) -> None:
        for each in self.till.subscriptions():
            if each.status == "past_due":
                self.till.collect_overdue(each.id)
                self.steps.append(f"{each.id} is collected after all")
            elif each.status == "active" and not each.is_ending and self._is_due(each.id):
                self.till.fail_renewal(each.id)
                self.steps.append(f"{each.id} is not renewed")

    def _is_due(self, subscription_id: str) -> bool:
        """Let time pass until a subscription's period is over; now and then that is too long."""
        end_at = self.till.period_end(subscription_id)
        wait = (end_at - self.business.clock()).total_seconds()
        if wait > 40 * DAY:
            return False
        self.business.clock.advance(seconds=max(0.0, wait) + self.chance.randint(1, 3600))
        return True

    def _cancels(self) -> None:
        for each in self.till.subscriptions():
            if each.status == "active":
                turn = self.till.keep_on if each.is_ending else self.till.end_with_period
                turn(each.id)
                self.steps.append(f"{each.id} {turn.__name__}")

    def _ends(self) -> None:
        living = [each for each in self.till.subscriptions() if each.status != "canceled"]
        if living:
            there = self.chance.choice(living)
            self.till.end(there.id)
            self.steps.append(f"{there.id} ends")

    def _gives_back(self) -> None:
        open_ = [
            each
            for each in self.till.payments()
            if each.bank is Bank.CONTENT and each.refunded_minor < each.total_minor
        ]
        if open_:
            there = self.chance.choice(open_)
            left = there.total_minor - there.refunded_minor
            amount = self.chance.choice((None, left // 3 or None))
            self.till.refund(there.id, amount)
            self.steps.append(f"{amount or 'all'} of {there.id} goes back")

    def _disputes(self) -> None:
        whole = [
            each
            for each in self.till.payments()
            if each.bank is Bank.CONTENT and each.refunded_minor == 0
        ]
        if whole:
            there = self.chance.choice(whole)
            self.till.dispute(there.id)
            self.steps.append(f"{there.id} is disputed")

    def _decides(self) -> None:
        for each in self.till.payments():
            if each.bank is Bank.DISPUTING:
                bank = self.chance.choice((Bank.WON, Bank.LOST))
                self.till.decide(each.id, bank)
                self.steps.append(f"the dispute of {each.id} is {bank.value}")

    async def _changes_plan(self, chance: random.Random) -> None:
        """Have a plan quoted to a subscriber, who takes it up at once, later, twice or never."""
        subscribers = [each for each in self._orders.values() if each.line.item_id == self._plan.id]
        if not subscribers:
            return
        order = chance.choice(subscribers)
        account_id = order.account_id
        # Nobody changes within the second in which they paid; and who comes back is seen as paid.
        self.business.clock.advance(seconds=chance.randint(2, 6 * 3600))
        await self.business.comes_back(order)
        plan = chance.choice((self._plan, *self._others))
        interval = chance.choice((Interval.MONTHLY, Interval.MONTHLY, Interval.YEARLY))
        self.till.decline_changes(is_declining=chance.random() < 0.15)
        try:
            quote = await self.business.quotes(account_id, plan, interval)
            if chance.random() < 0.3:
                self.business.clock.advance(seconds=chance.randint(1, 20 * 60))
            for _ in range(chance.choice((0, 1, 1, 1, 2))):
                await self.business.changes(account_id, quote)
                self.steps.append(f"{account_id} takes {plan.name}, {interval.value}")
        except BillingError as refusal:
            self.steps.append(f"{account_id} is refused {plan.name}: {refusal}")
        self.till.decline_changes(is_declining=False)

    async def _deliver(self) -> None:
        """Deliver what is new: some is lost, some comes twice, and none in order."""
        told = [each for each in self.till.news() if each.type not in self.unasked]
        arriving: list[News] = []
        for each in told[self._heard :]:
            if self.chance.random() >= self.loss:
                arriving.append(each)
                while self.chance.random() < REPEATS:
                    arriving.append(each)
        # Late ones of before come along.
        arriving += [each for each in told[: self._heard] if self.chance.random() < 0.05]
        self._heard = len(told)
        self.chance.shuffle(arriving)
        await self.business.receive_all(self.till, arriving)
        self.steps.append(f"{len(arriving)} webhooks arrive")
