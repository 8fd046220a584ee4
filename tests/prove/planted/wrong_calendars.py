"""Services that count time wrongly, in ways that only some days of a year bring to light."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from attrs import define, evolve, field, frozen

from adapters.providers.sandbox.provider import SandboxProvider
from adapters.providers.sandbox.records import SUBSCRIPTION, SubscriptionState, state_of
from adapters.quote_seal import SignedQuotes
from adapters.stores.memory.sandbox import MemorySandboxRecords
from adapters.stores.memory.store import MemoryStore
from adapters.stores.memory.subscriptions import MemorySubscriptions
from adapters.stores.memory.table import View
from adapters.stores.memory.unit_of_work import MemoryWork
from application.ports.provider_calls import ChangePreview, PlanChange
from application.ports.sandbox import SandboxRecord
from application.ports.system import Clock
from application.ports.unit_of_work import UnitOfWork
from domain.payments.provider_event import SubscriptionReported
from domain.subscriptions.quote import Quote
from domain.subscriptions.subscription import Subscription
from tests.calendars.check_ins.service import ClockOf
from tests.calendars.service import Parts

A_DAY = timedelta(days=1)


@define(eq=False)
class _WrongStore(MemoryStore):
    """A store whose units of work that write are of a kind of their own."""

    work: type[MemoryWork] = field(kw_only=True)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[UnitOfWork]:
        async with self.writing:
            yield self.work(self.tables, View(is_writable=True, readers=self.readers))


@frozen
class _CountedFromTheLast(MemorySandboxRecords):
    async def put(self, record: SandboxRecord) -> None:
        if record.kind == SUBSCRIPTION:
            state = state_of(record, SubscriptionState)
            record = evolve(state, anchor_at=state.start_at).record()
        await super().put(record)


class PeriodsDrift(MemoryWork):
    """Each period is counted from the one before: after a February all of them end early."""

    @property
    def sandbox(self) -> MemorySandboxRecords:
        return _CountedFromTheLast(super().sandbox.records)


@frozen
class _CountedFromTheLot(MemorySubscriptions):
    async def save(self, subscription: Subscription) -> None:
        next_at, period = subscription.credits_from_at, subscription.period
        if period.start_at < next_at < period.end_at:
            subscription = evolve(subscription, anchor_at=next_at)
        await super().save(subscription)


class MonthsDrift(MemoryWork):
    """Within a year, each month's credits are counted from the month before."""

    @property
    def subscriptions(self) -> MemorySubscriptions:
        return _CountedFromTheLot(super().subscriptions.sold)


class MoneyADayLate(SandboxProvider):
    """What a change costs is reckoned as if it came a day later."""

    async def preview_change(self, change: PlanChange) -> ChangePreview:
        return await super().preview_change(_a_day_late(change))

    async def change_plan(self, change: PlanChange) -> SubscriptionReported:
        return await super().change_plan(_a_day_late(change))


def _a_day_late(change: PlanChange) -> PlanChange:
    return evolve(change, proration_at=change.proration_at + A_DAY)


class CreditsADayLate(SignedQuotes):
    """What a change brings is reckoned as if the month ended a day sooner."""

    def seal(self, quote: Quote) -> str:
        ahead = max(quote.month_ends_at - quote.at, A_DAY)
        return super().seal(evolve(quote, credits=quote.credits - quote.credits * A_DAY // ahead))


def days_of_24_hours(clock: Clock, zone: Callable[[], str]) -> Clock:
    """Count every day as 24 hours from its midnight on, also where the zone's clock changes."""

    def shown() -> datetime:
        now, where = clock(), ZoneInfo(zone())
        today = now.astimezone(where).date()
        if now < _midnight(today - A_DAY, where) + A_DAY:
            return _midnight(today, where) - timedelta(seconds=1)
        return _midnight(today + A_DAY, where) if now >= _midnight(today, where) + A_DAY else now

    return shown


def no_summer_time(clock: Clock, zone: Callable[[], str]) -> Clock:
    """Count days by the time that a zone has in winter, all year long."""

    def shown() -> datetime:
        now = clock()
        return now - (now.astimezone(ZoneInfo(zone())).dst() or timedelta())

    return shown


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _on(work: type[MemoryWork]) -> Parts:
    return Parts(store=lambda: _WrongStore(work=work))


LIVES: Mapping[str, Parts] = {
    "periods counted from the last one": _on(PeriodsDrift),
    "months counted from the last one": _on(MonthsDrift),
    "money of a change a day late": Parts(provider=MoneyADayLate),
    "credits of a change a day late": Parts(seal=CreditsADayLate),
}
CLOCKS: Mapping[str, ClockOf] = {
    "a day of 23 or 25 hours counted as 24": days_of_24_hours,
    "no summer time": no_summer_time,
}
"""What can be wrong, each with nothing else wrong beside it."""
