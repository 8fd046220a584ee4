"""What buyers and subscribers ask the service for, and what they, banks and time do elsewhere."""

from datetime import timedelta
from typing import Any

from application.payments.confirm_checkout import ConfirmCheckout
from application.payments.receive_event import ReceiveEvent
from application.payments.start_checkout import StartCheckout
from application.ports.idempotency import Caller
from application.subscriptions.change_plan import ChangePlan
from application.subscriptions.fulfil_wish import Asked, FulfilWish
from application.subscriptions.preview_change import PreviewChange
from domain.access.audit import Actor
from domain.credits.ids import AccountId
from domain.errors import BillingError
from domain.payments.errors import ProviderRefused
from domain.payments.order import OrderType
from domain.payments.provider_event import DisputeStatus, ProviderStatus, RefundStatus
from domain.period import Interval
from domain.subscriptions.catalogue import Pack, Plan
from tests.prove.simulation.provider_records import CHANNEL
from tests.prove.simulation.swarm import Fault
from tests.prove.simulation.world import ACCOUNTS, World

_SHOP = "https://shop.example"
_INTERVALS = tuple(Interval)
_ASKED = tuple(Asked)
_MAIL_AT_ONCE = 3
_SKEWS = (timedelta(seconds=90), timedelta(hours=5), timedelta(days=2))
_STEPS = (
    timedelta(seconds=20),
    timedelta(minutes=2),
    timedelta(minutes=7),
    timedelta(hours=3),
    timedelta(hours=20),
    timedelta(days=6),
    timedelta(days=16),
)


async def buy(world: World) -> None:
    """Start a checkout of a plan or a pack, with a coupon or without."""
    fortune = world.fortune
    account_id = fortune.one_of(ACCOUNTS)
    offered: tuple[Plan | Pack, ...] = (*world.plans, *world.packs)
    item = fortune.one_of(offered)
    command = StartCheckout(
        account_id=account_id,
        channel=CHANNEL,
        item=item.id,
        type=OrderType.SUBSCRIPTION if isinstance(item, Plan) else OrderType.CREDITS,
        interval=fortune.one_of(_INTERVALS),
        coupon_code=fortune.one_of(world.codes) if fortune.is_likely(0.4) else None,
        success_url=f"{_SHOP}/done",
        cancel_url=f"{_SHOP}/plans",
        key=world.key(account_id, Caller.USER),
    )
    await world.request(
        "buy",
        lambda made: made.start_checkout()(command),
        lambda got: world.memory.orders.append(got.order.id),
    )


async def pay(world: World) -> None:
    """Pay on a page that is open. Nobody pays for a second plan beside the one they have."""
    fortune = world.fortune
    subscribed = {each.order.account_id for each in world.books.standing.values() if each.is_live}
    payable = [
        page
        for page in list(world.books.pages.values())[-20:]
        if page.can_be_paid(world.now)
        and (page.order.line.interval is None or page.order.account_id not in subscribed)
    ]
    if not payable:
        return
    page = fortune.one_of(payable)
    if fortune.is_likely(0.15):
        world.books.decline(page)
    elif fortune.is_likely(0.1):
        world.books.close(page.session_id)
    else:
        world.books.pay(
            page, is_told_apart=fortune.is_likely(0.5), is_told_twice=fortune.is_likely(0.3)
        )
    world.note("pay", "there")


async def come_back(world: World) -> None:
    """Come back from a checkout to the shop, which asks what became of it."""
    if not world.memory.orders:
        return
    order_id = world.fortune.one_of(world.memory.orders[-8:])
    async with world.store.read() as work:
        order = await work.orders.find(order_id)
    command = ConfirmCheckout(account_id=order.account_id, order_id=order_id)
    await world.attempt("confirm", lambda made: made.confirm_checkout()(command))


async def wish(world: World) -> None:
    """Cancel, pause or resume the subscription that an account has."""
    account_id = _subscriber(world)
    command = FulfilWish(
        asked=world.fortune.one_of(_ASKED),
        account_id=account_id,
        actor=Actor(id=account_id),
        key=world.key(account_id, Caller.USER),
    )
    await world.request("wish", lambda made: made.fulfil_wish()(command))


async def change_plan(world: World) -> None:
    """Ask what another plan would cost, and take the offer up at once, later, or not at all."""
    fortune = world.fortune
    account_id = _subscriber(world)
    asked = PreviewChange(
        account_id=account_id,
        plan_id=fortune.one_of(world.plans).id,
        interval=fortune.one_of(_INTERVALS),
    )
    found = await world.attempt("preview", lambda made: made.subscribing().preview_change(asked))
    if found is None or isinstance(found[0], BillingError) or fortune.is_likely(0.2):
        return
    command = ChangePlan(
        quote=found[0].sealed,
        account_id=account_id,
        actor=Actor(id=account_id),
        key=world.key(account_id, Caller.USER),
    )
    await world.request("change", lambda made: made.subscribing().change_plan(command))


def _subscriber(world: World) -> AccountId:
    """Return an account that has a subscription at the provider, or now and then any."""
    live = [each.order.account_id for each in world.books.standing.values() if each.is_live]
    if not live or world.fortune.is_likely(0.1):
        return world.fortune.one_of(ACCOUNTS)
    return world.fortune.one_of(live)


async def deliver_news(world: World) -> None:
    """Let webhooks arrive: in order or not, once or twice, or never."""
    for _ in range(world.fortune.between(1, _MAIL_AT_ONCE)):
        await _deliver_one(world)


async def _deliver_one(world: World) -> None:
    mail, fortune = world.books.mail, world.fortune
    if not mail:
        return
    is_shuffled = len(mail) > 1 and fortune.strikes(Fault.NEWS_SHUFFLED)
    event_id = mail.pop(int(fortune.chance() * len(mail)) if is_shuffled else 0)
    if fortune.strikes(Fault.NEWS_LOST):
        return
    if fortune.strikes(Fault.NEWS_REPEATED):
        mail.append(event_id)
    if await receive(world, event_id) is None:
        # The provider tries again, behind whatever else it has to tell by then.
        mail.append(event_id)


async def receive(world: World, event_id: str) -> tuple[Any] | None:
    """Post one webhook; None means that it was not acknowledged."""
    command = ReceiveEvent(channel=CHANNEL, body=event_id.encode(), headers={})
    return await world.attempt("webhook", lambda made: made.receive_event()(command))


async def dashboard(world: World) -> None:
    """Let something happen at the provider that the service did not ask for."""
    books, fortune = world.books, world.fortune
    if books.collected and fortune.is_likely(0.5):
        collected = fortune.one_of(tuple(books.collected.values())[-8:])
        under_way = [each for each in collected.refunds if each.status is RefundStatus.PENDING]
        if under_way:
            arrives = fortune.is_likely(0.7)
            status = RefundStatus.SUCCEEDED if arrives else RefundStatus.FAILED
            books.settle_refund(collected, under_way[0], status)
        elif collected.dispute is DisputeStatus.OPEN:
            won = fortune.is_likely(0.5)
            books.dispute(collected, DisputeStatus.WON if won else DisputeStatus.LOST)
        elif collected.dispute is None and collected.left_minor and fortune.is_likely(0.5):
            books.dispute(collected, DisputeStatus.OPEN)
        elif collected.dispute is None and collected.left_minor:
            part = fortune.between(1, collected.left_minor)
            _refunded_there(world, collected.id, part)
    else:
        overdue = [e for e in books.standing.values() if e.status is ProviderStatus.PAST_DUE]
        if overdue:
            if fortune.is_likely(0.6):
                books.collect_overdue(overdue[0])
            else:
                books.give_up(overdue[0])
    world.note("dashboard", "there")


def _refunded_there(world: World, payment_id: str, amount_minor: int) -> None:
    try:
        world.books.refund(None, payment_id, amount_minor, RefundStatus.SUCCEEDED)
    except ProviderRefused:
        return


async def time_passes(world: World) -> None:
    """Let the true time go on; our own clock may be set back meanwhile, or right again."""
    fortune = world.fortune
    world.now += fortune.one_of(_STEPS) * (0.2 + fortune.chance())
    if fortune.strikes(Fault.CLOCK_BACK):
        world.skew = -fortune.one_of(_SKEWS)
        world.times_set_back += 1
    elif fortune.is_likely(0.3):
        world.skew = timedelta()
    world.books.time_passes(is_paid=fortune.is_likely(0.85))
    world.note("time", "passed")
