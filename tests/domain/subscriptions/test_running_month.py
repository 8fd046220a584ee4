"""The month whose credits a change of plan divides, and the end of what was paid for."""

from datetime import UTC, datetime

import pytest

from domain.period import Interval, Period, period_after
from domain.subscriptions.quote import running_month
from domain.subscriptions.subscription import Subscription
from tests.support.builders.subscriptions import a_subscription


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T10:00").replace(tzinfo=UTC)


def renewed_until(begun: datetime, instant: datetime, interval: Interval) -> Subscription:
    """Return a subscription that was paid for on time until the period this instant lies in."""
    subscription = a_subscription(start_at=begun, interval=interval, credits_from_at=begun)
    while subscription.period.end_at <= instant:
        start_at = subscription.period.end_at
        subscription = subscription.renewed(period_after(begun, start_at, interval), start_at)
    return subscription


@pytest.mark.parametrize(
    ("begun", "at", "starts", "ends"),
    [
        ("2027-01-31", "2027-02-28", "2027-02-28", "2027-03-31"),
        ("2027-01-31", "2027-03-27", "2027-02-28", "2027-03-31"),
        ("2027-01-31", "2027-03-28", "2027-02-28", "2027-03-31"),
        ("2027-01-31", "2027-03-30", "2027-02-28", "2027-03-31"),
        ("2027-01-31", "2027-05-30", "2027-04-30", "2027-05-31"),
        ("2028-01-30", "2028-03-29", "2028-02-29", "2028-03-30"),
    ],
)
def test_a_month_that_began_on_a_short_ones_last_day_runs_to_its_own_end(
    begun: str, at: str, starts: str, ends: str
) -> None:
    subscription = renewed_until(day(begun), day(at), Interval.MONTHLY)

    assert running_month(subscription, day(at)) == Period(day(starts), day(ends))
    assert subscription.paid_until == day(ends)


@pytest.mark.parametrize(
    ("at", "starts", "ends"),
    [
        ("2031-02-28", "2031-02-28", "2031-03-29"),
        ("2032-02-28", "2032-01-29", "2032-02-29"),
    ],
)
def test_a_year_that_began_on_a_leap_day_runs_to_the_next_one(
    at: str, starts: str, ends: str
) -> None:
    subscription = renewed_until(day("2028-02-29"), day(at), Interval.YEARLY)

    assert running_month(subscription, day(at)) == Period(day(starts), day(ends))


def test_days_beyond_the_months_that_were_paid_for_have_no_month() -> None:
    begun = day("2027-02-28")
    period = Period(begun, day("2027-03-31"))
    subscription = a_subscription(start_at=begun).with_end_of(period)

    assert subscription.paid_until == day("2027-03-28")
    assert running_month(subscription, day("2027-03-27")) is not None
    assert running_month(subscription, day("2027-03-28")) is None
