"""The service itself living a plan of life: its use cases on a store, and the sandbox beside it."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from attrs import define, field

from adapters.providers.sandbox.provider import SandboxProvider
from adapters.providers.sandbox.sandbox import StoredSandbox
from adapters.providers.sandbox.webhooks import SandboxWebhooks
from application.payments.receive_event import ReceiveEvent
from application.subscriptions.fulfil_wish import Asked, FulfilWish
from domain.access.audit import Actor
from domain.period import Interval
from domain.subscriptions.errors import NotPossibleNow, SubscriptionNotFound
from domain.subscriptions.plan_rules import PlanRules, Trial
from tests.application.shop import Shop
from tests.calendars.almanac import Given, Life, Paid
from tests.calendars.plan_of_life import (
    CREDITS,
    MONTHLY_PRICE,
    TRIAL_CREDITS,
    YEARLY_PRICE,
    Deed,
    Happening,
    PlanOfLife,
)
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_plan
from tests.support.clock import SettableClock

ROUNDS_MAX = 50
_ASKED = {
    Deed.PAUSE: Asked.PAUSE,
    Deed.CANCEL: Asked.CANCEL_AT_PERIOD_END,
    Deed.TAKE_BACK: Asked.RESUME,
}


@define(kw_only=True)
class Service:
    """A shop whose provider is the sandbox, with a clock that stops wherever something is due."""

    shop: Shop
    provider: SandboxProvider = field(init=False)
    sandbox: StoredSandbox = field(init=False)

    def __attrs_post_init__(self) -> None:
        shop = self.shop
        begin, read = shop.store.begin, shop.store.read
        self.provider = SandboxProvider(
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

    async def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        command = ReceiveEvent(channel=SANDBOX, body=body, headers=headers)
        await self.shop.receive(command)
        return 200

    async def begins(self, plan: PlanOfLife) -> None:
        """Buy the plan, or begin its trial."""
        trial = Trial(days=plan.trial_days, credits=TRIAL_CREDITS) if plan.trial_days else None
        sold = a_plan(
            price_monthly_minor=MONTHLY_PRICE,
            price_yearly_minor=YEARLY_PRICE,
            credits_included=CREDITS,
            rules=PlanRules(trial=trial),
        )
        await self.shop.offers(sold)
        interval = Interval.YEARLY if plan.is_yearly else Interval.MONTHLY
        order = await self.shop.buys(sold, interval=interval)
        assert order.url is not None
        await self.sandbox.pay(order.url.rpartition("/")[2])
        await self.settles()

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
            if done == 0 and not await self.sandbox.is_telling():
                return
        raise AssertionError("it never comes to rest")

    async def takes(self, happening: Happening) -> None:
        """Let somebody do something; what cannot be done now is refused."""
        match happening.deed:
            case Deed.CARD_BREAKS | Deed.CARD_WORKS:
                declines = happening.deed is Deed.CARD_BREAKS
                await self.sandbox.change_card(SOMEBODY, declines=declines)
            case _:
                with suppress(NotPossibleNow, SubscriptionNotFound):
                    await self.wishes(happening)
        await self.settles()

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

    async def life(self) -> Life:
        """Return what was paid and given, and when it ended."""
        (sold,) = self.shop.subscriptions()
        paid = []
        for order in self.shop.orders():
            assert order.paid_at is not None
            assert order.period is not None
            start, end = order.period.start_at, order.period.end_at
            paid.append(Paid(order.paid_at, start, end, order.total_minor))
        given = []
        for grant in await self.shop.grants():
            assert grant.expires_at is not None
            given.append(Given(grant.effective_at, grant.amount, grant.expires_at))
        return Life(tuple(sorted(paid)), tuple(sorted(given)), sold.ended_at)


async def lived(plan: PlanOfLife) -> Life:
    """Let the service live a plan."""
    service = Service(shop=Shop(clock=SettableClock(plan.begun_at)))
    await service.begins(plan)
    for happening in plan.happenings:
        await service.goes_to(happening.at)
        await service.takes(happening)
    await service.goes_to(plan.ends_at)
    assert await service.shop.is_proved()
    return await service.life()
