"""What is set about the lives of subscriptions: trials, overdue renewals, changes of plan."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from attrs import Factory, field, frozen

from domain.subscriptions.change import Timing
from domain.subscriptions.dunning import GRACE_DAYS_MAX, NOTICES_MAX, DunningEnd, DunningRules
from entrypoints.environment import Environment, Variable, as_secret

SUBSCRIPTION_VARIABLES: Sequence[Variable] = (
    Variable(
        "BILLING_UPGRADE_AT",
        "When a change to a dearer plan comes into force: now (the difference is collected at "
        "once), or at_period_end.",
        "now",
    ),
    Variable(
        "BILLING_DOWNGRADE_AT",
        "When a change to a cheaper plan comes into force: at_period_end, or now (what is left of "
        "the month's credits is taken back, and the money credited). A shorter interval always "
        "waits for the period's end.",
        "at_period_end",
    ),
    Variable(
        "BILLING_TRIAL_KEY",
        "The secret, of at least 32 bytes, that e-mail addresses are hashed with, so that a person "
        "has one trial. Whoever changes it lets everybody have another.",
        "derived from BILLING_SESSION_SECRET",
    ),
    Variable(
        "BILLING_DUNNING_GRACE_DAYS",
        "How many days benefits stay when a renewal is overdue, from 0; a plan may have its own.",
        "7",
    ),
    Variable(
        "BILLING_DUNNING_NOTICE_DAYS",
        "On which days within the grace `subscription.payment_overdue` is told, comma-separated; "
        "none says that it never is.",
        "1,3,6",
    ),
    Variable(
        "BILLING_DUNNING_END",
        "What follows the grace: cancel (at the provider; the subscription expires) or pause (its "
        "benefits end, and it waits to be paid or cancelled).",
        "cancel",
    ),
)


@frozen(kw_only=True)
class SubscriptionLives:
    """How subscriptions are let live; without a `trial_key` accounts alone are told apart."""

    trial_key: str = field(default="", repr=False)
    dunning: DunningRules = Factory(DunningRules)
    upgrade_at: Timing = Timing.NOW
    downgrade_at: Timing = Timing.AT_PERIOD_END


def subscription_lives(environment: Environment, session_secret: str | None) -> SubscriptionLives:
    """Return what the environment says. Raises SettingsError naming the first fault."""
    usual = DunningRules()
    derived = ""
    if session_secret is not None:
        derived = sha256(f"trials:{session_secret}".encode()).hexdigest()
    return SubscriptionLives(
        trial_key=environment.get("BILLING_TRIAL_KEY", as_secret, derived),
        dunning=DunningRules(
            grace_days=environment.get("BILLING_DUNNING_GRACE_DAYS", _as_grace, usual.grace_days),
            notice_days=environment.get("BILLING_DUNNING_NOTICE_DAYS", _as_days, usual.notice_days),
            end=environment.get("BILLING_DUNNING_END", _as_end, usual.end),
        ),
        upgrade_at=environment.get("BILLING_UPGRADE_AT", _as_timing, Timing.NOW),
        downgrade_at=environment.get("BILLING_DOWNGRADE_AT", _as_timing, Timing.AT_PERIOD_END),
    )


def _as_grace(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > GRACE_DAYS_MAX:
        raise ValueError(f"must be a whole number of days from 0 to {GRACE_DAYS_MAX}")
    return int(text)


def _as_days(text: str) -> tuple[int, ...]:
    parts = [] if text == "none" else [part.strip() for part in text.split(",")]
    days = tuple(int(part) for part in parts if part.isascii() and part.isdigit())
    is_right = len(days) == len(parts) <= NOTICES_MAX
    if not is_right or not all(1 <= day <= GRACE_DAYS_MAX for day in days):
        raise ValueError(f"must be none, or at most {NOTICES_MAX} days from 1 to {GRACE_DAYS_MAX}")
    return days


def _as_end(text: str) -> DunningEnd:
    try:
        return DunningEnd(text)
    except ValueError:
        raise ValueError("must be cancel or pause") from None


def _as_timing(text: str) -> Timing:
    try:
        return Timing(text)
    except ValueError:
        raise ValueError("must be now or at_period_end") from None
