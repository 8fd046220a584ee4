"""What is on sale at a till, and the four shapes in which the two providers speak."""

from collections.abc import Callable, Mapping

from domain.period import Interval
from domain.subscriptions.catalogue import Pack, Plan, ProviderItem
from tests.providers.creem_till import CreemTill
from tests.providers.stripe_till import StripeTill
from tests.providers.till import Till
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import SettableClock

TILLS: Mapping[str, Callable[[SettableClock], Till]] = {
    "stripe": lambda clock: StripeTill(clock=clock),
    "stripe-of-years-ago": lambda clock: StripeTill(clock=clock, is_older=True),
    "creem": lambda clock: CreemTill(clock=clock),
    "creem-as-published": lambda clock: CreemTill(clock=clock, is_sparse=True),
}
# Their words are held against the providers' documents by all other tests.
HASTY: Mapping[str, Callable[[SettableClock], Till]] = {
    "stripe": lambda clock: StripeTill(clock=clock, checks_answers=False),
    "creem": lambda clock: CreemTill(clock=clock, checks_answers=False),
}

PACK_PRICE = 500
PACK_CREDITS = 500
MONTHLY_PRICE = 990
YEARLY_PRICE = 9900
MONTHLY_CREDITS = 1000


def a_pack_at(
    till: Till,
    *,
    price_minor: int = PACK_PRICE,
    currency: str = "EUR",
    is_taxed_in: bool = False,
) -> Pack:
    """Return a pack of 500 credits at 5.00, entered at the provider."""
    reference = till.enter(price_minor, currency, None, is_taxed_in=is_taxed_in)
    return a_pack(
        price_minor=price_minor,
        credits=PACK_CREDITS,
        currency=currency,
        items=(ProviderItem(till.channel, None, reference),),
    )


def a_plan_at(
    till: Till,
    *,
    name: str = "Pro",
    price_minor: int = MONTHLY_PRICE,
    credits: int = MONTHLY_CREDITS,
    currency: str = "EUR",
    is_taxed_in: bool = False,
) -> Plan:
    """Return a plan of 1,000 credits a month at 9.90, entered at the provider; a year costs ten."""
    prices = {Interval.MONTHLY: price_minor, Interval.YEARLY: 10 * price_minor}
    items = tuple(
        ProviderItem(
            till.channel,
            interval,
            till.enter(price, currency, interval, is_taxed_in=is_taxed_in),
        )
        for interval, price in prices.items()
    )
    return a_plan(
        name=name,
        price_monthly_minor=price_minor,
        price_yearly_minor=10 * price_minor,
        credits_included=credits,
        currency=currency,
        items=items,
    )
