"""Rates, cards of them, and usage."""

from datetime import datetime
from decimal import Decimal

from domain.credits.rated import Rounding
from domain.credits.rates import Rate, RateCard
from domain.credits.usage import Usage, UsageKind
from tests.support.clock import NOON

GPT = "gpt-4o"


def a_rate(
    pattern: str = GPT,
    kind: UsageKind = UsageKind.INPUT,
    credits: str = "2.5",
    per: int = 1000,
) -> Rate:
    """Return a rate: two and a half credits for a thousand tokens of input."""
    return Rate(pattern=pattern, kind=kind, credits=Decimal(credits), per=per)


def a_card(
    *rates: Rate,
    version: int = 1,
    rounding: Rounding = Rounding.UP,
    effective_from: datetime = NOON,
    published_at: datetime = NOON,
    note: str = "",
) -> RateCard:
    """Return a card, with rates for the input and output of one model unless others are given."""
    usual = (a_rate(), a_rate(kind=UsageKind.OUTPUT, credits="10"))
    return RateCard(
        version=version,
        rates=rates or usual,
        rounding=rounding,
        effective_from=effective_from,
        published_at=published_at,
        note=note,
    )


def usage_of(model: str = GPT, **units: int) -> Usage:
    """Return usage by the names of its kinds: `usage_of(input=812, output=230)`."""
    return Usage(model=model, units={UsageKind(kind): count for kind, count in units.items()})
