"""What is sold through Stripe in these tests."""

from attrs import evolve, frozen

from application.ports.provider import CheckoutOpened, CheckoutRequest
from domain.payments.ids import Channel
from domain.payments.order import Order
from domain.period import Interval
from tests.support.fake_stripe.billing_api import update_subscription
from tests.support.fake_stripe.side import StripeSide
from tests.support.sandbox import a_plan_line, a_sale

STRIPE = Channel("stripe")
MONTHLY = "price_monthly"
YEARLY = "price_yearly"
DEARER = "price_dearer"


def a_pack_sale(*, discount_minor: int = 0, coupon_code: str | None = None) -> Order:
    """Return an order of a pack at 5.00."""
    return evolve(a_sale(discount_minor=discount_minor, coupon_code=coupon_code), channel=STRIPE)


def a_plan_sale(*, interval: Interval = Interval.MONTHLY, discount_minor: int = 0) -> Order:
    """Return an order of a plan at 9.90."""
    order = a_sale(line=a_plan_line(interval=interval), discount_minor=discount_minor)
    return evolve(order, channel=STRIPE)


def a_request(
    order: Order,
    *,
    reference: str | None = None,
    email: str | None = None,
    customer_id: str | None = None,
) -> CheckoutRequest:
    """Return what the service asks to sell an order."""
    return CheckoutRequest(order=order, reference=reference, email=email, customer_id=customer_id)


def enter_prices(stripe: StripeSide) -> None:
    """Enter the prices of the plans at Stripe."""
    stripe.world.sell(MONTHLY, amount=990)
    stripe.world.sell(YEARLY, amount=9900, interval="year")
    stripe.world.sell(DEARER, amount=2900)


@frozen(kw_only=True)
class Sold:
    """A subscription that was bought, with what it was bought through."""

    order: Order
    opened: CheckoutOpened
    customer_id: str
    subscription_id: str
    invoice_id: str
    intent_id: str


async def sold_pack(stripe: StripeSide, order: Order | None = None) -> str:
    """Sell a pack, and return the payment intent that paid it."""
    opened = await stripe.provider.open_checkout(a_request(order or a_pack_sale()))
    return str(stripe.world.pay(opened.session_id)["payment_intent"])


async def sold_plan(stripe: StripeSide, order: Order | None = None) -> Sold:
    """Sell a plan."""
    enter_prices(stripe)
    order = order or a_plan_sale()
    opened = await stripe.provider.open_checkout(a_request(order, reference=MONTHLY))
    session = stripe.world.pay(opened.session_id)
    intent_id = stripe.world.intent_of(session["invoice"])
    assert intent_id is not None
    return Sold(
        order=order,
        opened=opened,
        customer_id=session["customer"],
        subscription_id=session["subscription"],
        invoice_id=session["invoice"],
        intent_id=intent_id,
    )


def switched(stripe: StripeSide, subscription_id: str, *references: str) -> None:
    """Move a subscription from price to price, as its subscriber does in the portal.

    What that costs or gives back waits for the next invoice.
    """
    for reference in references:
        stripe.clock.advance(seconds=3600)
        [item] = stripe.world.get(subscription_id, "subscription")["items"]["data"]
        wish = {
            "items": [{"id": item["id"], "price": reference}],
            "proration_behavior": "create_prorations",
            "proration_date": stripe.world.now,
        }
        update_subscription(stripe.world, (subscription_id,), wish)
