"""The service itself living a plan of life: its use cases on a store, and the sandbox beside it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from attrs import Factory, define, field, frozen

from adapters.providers.sandbox.provider import SandboxProvider
from adapters.providers.sandbox.sandbox import StoredSandbox
from adapters.providers.sandbox.webhooks import SandboxWebhooks
from adapters.quote_seal import SignedQuotes
from adapters.stores.memory.store import MemoryStore
from application.payments.receive_event import ReceiveEvent
from application.subscriptions.fulfil_wish import Asked, FulfilWish
from domain.access.audit import Actor
from domain.credits.errors import InsufficientCredits
from domain.credits.transaction import CLAWBACK, EXPIRATION
from domain.period import Interval
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.change import Timing
from domain.subscriptions.change_errors import AlreadyOnPlan, ChangeUnderWay
from domain.subscriptions.errors import NotPossibleNow, SubscriptionNotFound
from domain.subscriptions.plan_rules import MonthRollover, PlanRules, Trial
from domain.subscriptions.quote import ChangeRules
from tests.application.shop import Shop
from tests.calendars.plan_of_life import TRIAL_CREDITS, Deed, Happening, Offer, PlanOfLife
from tests.calendars.reckoning import Given, Life, Paid, Taken
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_plan
from tests.support.change_desk import ChangeDesk
from tests.support.clock import SettableClock

ROUNDS_MAX = 50
_REFUSED = (NotPossibleNow, SubscriptionNotFound)
_ASKED = {
    Deed.PAUSE: Asked.PAUSE,
    Deed.CANCEL: Asked.CANCEL_AT_PERIOD_END,
    Deed.TAKE_BACK: Asked.RESUME,
}


@frozen(kw_only=True)
class Parts:
    """What a service is put together from; one that is wrong on purpose differs in one of them."""

    store: Callable[[], MemoryStore] = MemoryStore
    provider: type[SandboxProvider] = SandboxProvider
    seal: type[SignedQuotes] = SignedQuotes


AS_IT_IS = Parts()


@define(kw_only=True)
class Service:
    """A shop whose provider is the sandbox, with a clock that stops wherever something is due."""

    shop: Shop
    rules: ChangeRules = Factory(ChangeRules)
    parts: Parts = AS_IT_IS
    provider: SandboxProvider = field(init=False)
    sandbox: StoredSandbox = field(init=False)
    desk: ChangeDesk = field(init=False)
    plans: dict[bool, Plan] = Factory(dict)

    def __attrs_post_init__(self) -> None:
        shop = self.shop
        begin, read = shop.store.begin, shop.store.read
        self.provider = self.parts.provider(
            begin=begin,
            public_url="https://billing.example",
            secrets=("a secret both sides know",),
            clock=shop.clock,
            wall_clock=shop.clock,
            new_id=shop.new_id,
            new_secret=lambda: f"ticket-{shop.new_id()}",
        )
        webhooks = SandboxWebhooks(
            begin=begin,
            read=read,
            post=self.post,
            secrets=self.provider.secrets,
            wall_clock=shop.clock,
            new_id=shop.new_id,
            alarm=shop.alarm,
        )
        self.sandbox = StoredSandbox(
            begin=begin, read=read, webhooks=webhooks, clock=shop.clock, wall_clock=shop.clock
        )
        shop.providers = {SANDBOX: self.provider}
        self.desk = ChangeDesk(
            store=shop.store,
            clock=shop.clock,
            new_id=shop.new_id,
            alarms=shop.alarms,
            rules=self.rules,
            seal=self.parts.seal("what quotes are signed with"),
            providers=shop.providers,
        )

    async def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        command = ReceiveEvent(channel=SANDBOX, body=body, headers=headers)
        await self.shop.receive(command)
        return 200

    async def begins(self, plan: PlanOfLife) -> None:
        """Buy the plan, or begin its trial."""
        trial = Trial(days=plan.trial_days, credits=TRIAL_CREDITS) if plan.trial_days else None
        carried, rollover = plan.carries_over, None
        if carried is not None:
            rollover = MonthRollover(most=carried.most, months=carried.months)
        for is_large in (False, True):
            self.plans[is_large] = a_plan(
                name="Large" if is_large else "Small",
                price_monthly_minor=Offer(is_large).price,
                price_yearly_minor=Offer(is_large, is_yearly=True).price,
                credits_included=Offer(is_large).credits,
                rules=PlanRules(trial=trial, rollover=rollover),
            )
        await self.shop.offers(*self.plans.values())
        sold, interval = self.sold_as(plan.offer)
        order = await self.shop.buys(sold, interval=interval)
        assert order.url is not None
        await self.sandbox.pay(order.url.rpartition("/")[2])
        await self.settles()

    def sold_as(self, offer: Offer) -> tuple[Plan, Interval]:
        interval = Interval.YEARLY if offer.is_yearly else Interval.MONTHLY
        return self.plans[offer.is_large], interval

    async def goes_to(self, until: datetime) -> None:
        """Stop wherever something is due, and do it there."""
        while (at := await self.next_after(self.shop.clock())) is not None and at <= until:
            self.shop.clock.now = at
            await self.settles()
        self.shop.clock.now = until
        await self.settles()

    async def next_after(self, instant: datetime) -> datetime | None:
        async with self.shop.store.read() as work:
            ours = await work.agenda.next_after(instant)
        theirs = await self.sandbox.next_due_after(instant)
        return min((each for each in (ours, theirs) if each is not None), default=None)

    async def settles(self) -> None:
        for _ in range(ROUNDS_MAX):
            done = await self.sandbox.let_time_pass()
            done += await self.shop.issues()
            done += await self.shop.keeps_time()
            done += await self.desk.carries_out()
            if done == 0 and not await self.sandbox.is_telling():
                return
        raise AssertionError("it never comes to rest")

    async def takes(self, happening: Happening) -> None:
        """Let somebody do something; what cannot be done now is refused."""
        match happening.deed:
            case Deed.CARD_BREAKS | Deed.CARD_WORKS:
                declines = happening.deed is Deed.CARD_BREAKS
                await self.sandbox.change_card(SOMEBODY, declines=declines)
            case Deed.SPEND:
                with suppress(InsufficientCredits):
                    await self.shop.spends(happening.amount)
            case Deed.CHANGE:
                with suppress(*_REFUSED, AlreadyOnPlan, ChangeUnderWay):
                    await self.changes(happening)
            case _:
                with suppress(*_REFUSED):
                    await self.wishes(happening)
        await self.settles()

    async def changes(self, happening: Happening) -> None:
        """Have a change quoted, and take it up."""
        assert happening.to is not None
        quoted = await self.desk.previews(*self.sold_as(happening.to))
        await self.desk.takes(quoted.sealed)

    async def wishes(self, happening: Happening) -> None:
        if happening.deed is Deed.TAKE_BACK:
            async with self.shop.store.read() as work:
                live = await work.subscriptions.current(SOMEBODY)
            if live is None or not live.cancel_at_period_end:
                # There is nothing to take back; to resume would end a pause instead.
                return
        await self.shop.fulfil_wish(
            FulfilWish(
                asked=_ASKED[happening.deed],
                account_id=SOMEBODY,
                actor=Actor(id=SOMEBODY),
                resume_at=happening.until,
            )
        )

    async def life(self, balances: Sequence[int]) -> Life:
        """Return what was paid, given and taken back, and when it ended."""
        (sold,) = self.shop.subscriptions()
        paid = []
        for order in self.shop.orders():
            assert order.paid_at is not None
            start, end = order.paid_at, order.paid_at
            if order.period is not None:
                start, end = order.period.start_at, order.period.end_at
            paid.append(Paid(order.paid_at, start, end, order.collected_minor))
        given = []
        ends = {}
        for grant in await self.shop.grants():
            assert grant.expires_at is not None
            ends[grant.id] = grant.expires_at
            if grant.parent is None:
                given.append(Given(grant.effective_at, grant.amount, grant.expires_at))
        taken: Counter[datetime] = Counter()
        for line in await self.shop.lines():
            is_early = any(
                line.at < ends[part.grant_id] for part in line.allocations if part.grant_id in ends
            )
            if line.type is CLAWBACK or (line.type is EXPIRATION and is_early):
                taken[line.at] += line.amount
        return Life(
            tuple(sorted(paid)),
            tuple(sorted(given)),
            tuple(sorted(Taken(at, amount) for at, amount in taken.items())),
            tuple(balances),
            sold.ended_at,
        )


async def lived(plan: PlanOfLife, parts: Parts = AS_IT_IS) -> Life:
    """Let a service live a plan."""
    downgrade = Timing.NOW if plan.downgrades_at_once else Timing.AT_PERIOD_END
    service = Service(
        shop=Shop(clock=SettableClock(plan.begun_at), store=parts.store()),
        rules=ChangeRules(downgrade=downgrade),
        parts=parts,
    )
    await service.begins(plan)
    balances = []
    for happening in plan.happenings:
        await service.goes_to(happening.at)
        await service.takes(happening)
        balances.append(await service.shop.balance())
    await service.goes_to(plan.ends_at)
    assert await service.shop.is_proved()
    return await service.life(balances)
