"""What the provider knows held against what we know: every difference is a sentence."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from application.ports.paging import PageRequest
from application.ports.payments import InboxFilter, OrderFilter
from application.ports.store import Store
from application.ports.system import Clock
from domain.credits.grant import Grant, GrantSource
from domain.credits.ids import AccountId
from domain.payments.ids import Channel
from domain.payments.inbox import InboxEvent, InboxStatus
from domain.payments.order import Order, OrderStatus, OrderType
from domain.period import Interval, month_of
from domain.subscriptions.change import ChangeStatus
from domain.subscriptions.ids import SubscriptionId
from domain.subscriptions.subscription import Subscription
from tests.providers.business import Business
from tests.providers.till import Bank, PaymentThere, SubscriptionThere

Differences = list[str]

_AT_ONCE = 100
_SETTLED = {InboxStatus.APPLIED, InboxStatus.IGNORED}


class Books(Protocol):
    """Our side: what the service has stored, and its clock."""

    @property
    def store(self) -> Store: ...

    @property
    def clock(self) -> Clock: ...

    async def is_proved(self) -> bool:
        """Say whether the whole ledger keeps every rule."""
        ...


class TrueHistory(Protocol):
    """The provider's side, as far as it is compared."""

    @property
    def channel(self) -> Channel: ...

    def payments(self) -> Sequence[PaymentThere]:
        """Return all payments, oldest first."""
        ...

    def subscriptions(self) -> Sequence[SubscriptionThere]:
        """Return all subscriptions, oldest first."""
        ...


async def differences(business: Books, till: TrueHistory) -> Differences:
    """Return in what our books are not what the provider's history makes them."""
    orders = [each async for each in _orders(business) if each.channel == till.channel]
    found = await _about_payments(business, till, orders)
    for there in till.subscriptions():
        found += await _about_subscription(business, till, there)
    for account_id in sorted({order.account_id for order in orders}):
        own = [order for order in orders if order.account_id == account_id]
        found += await _about_credits(business, till, account_id, own)
    if not await business.is_proved():
        found.append("the ledger breaks a rule")
    return found


async def unsettled(business: Business) -> Differences:
    """Return the events that wait or were set aside, and what was told to alarm."""
    found = [
        f"event {each.event_id} ({each.type}) is {each.status.value}: {each.error}"
        async for each in _inbox(business)
        if each.status not in _SETTLED
    ]
    return found + business.alarms


async def _about_payments(
    business: Books, till: TrueHistory, orders: Sequence[Order]
) -> Differences:
    found: Differences = []
    paid = {order.id: order for order in orders if order.was_paid and order.collected_minor > 0}
    counted: Counter[str] = Counter()
    for there in till.payments():
        async with business.store.read() as work:
            together = await work.payments.paid_together(till.channel, there.id)
        booked = [paid[order_id] for order_id in together if order_id in paid]
        if not booked:
            found.append(f"payment {there.id} is not in our books")
            continue
        counted.update(order.id for order in booked)
        found += _about_payment(there, booked)
        if there.subscription_id is not None:
            ours = await _known(business, till, there.subscription_id)
            # What it was paid for before it began here stands beside it.
            is_booked = ours is not None and all(
                order.second_subscription_id == there.subscription_id
                or order.subscription_id == ours.id
                for order in booked
            )
            if not is_booked:
                found.append(f"payment {there.id} is not booked to {there.subscription_id}")
    found += [f"order {each} was paid, and nobody paid it" for each in paid if not counted[each]]
    found += [f"order {each} was paid {n} times" for each, n in counted.items() if n > 1]
    return found


def _about_payment(there: PaymentThere, orders: Sequence[Order]) -> Differences:
    """Judge the order that a payment paid, or all of them together where it paid several."""
    has_lost = there.bank is Bank.LOST
    gone = min(there.total_minor, there.refunded_minor + (there.total_minor if has_lost else 0))
    compared: list[tuple[str, object, object]] = [
        ("money", there.total_minor, sum(order.collected_minor for order in orders)),
        ("money back", gone, sum(order.refunded_minor for order in orders)),
    ]
    for order in orders:
        compared.append(("order", there.order_id or order.id, order.id))
        # Of one that was paid together with another its own share is gone.
        mine = gone if len(orders) == 1 else order.refunded_minor
        compared.append(("status", _status(there, mine, order.collected_minor), order.status))
    return [
        f"payment {there.id}: its {what} is {theirs} there and {ours} here"
        for what, theirs, ours in compared
        if theirs != ours
    ]


def _status(there: PaymentThere, gone_minor: int, collected_minor: int) -> OrderStatus:
    if there.bank is Bank.DISPUTING:
        return OrderStatus.DISPUTED
    if gone_minor == collected_minor:
        return OrderStatus.REFUNDED
    return OrderStatus.PARTIALLY_REFUNDED if gone_minor > 0 else OrderStatus.PAID


async def _about_subscription(
    business: Books, till: TrueHistory, there: SubscriptionThere
) -> Differences:
    ours = await _known(business, till, there.id)
    if ours is None:
        return [f"subscription {there.id} is not in our books"]
    found: Differences = []
    # One that nobody paid ends here when its grace is over, whatever the provider calls its end.
    is_given_up = (ours.status.value, there.status) == ("expired", "canceled")
    if ours.status.value != there.status and not is_given_up:
        found.append(f"{there.id} is {there.status} there and {ours.status.value} here")
    if ours.is_live and ours.cancel_at_period_end != there.is_ending:
        found.append(f"{there.id} ends with its period: {there.is_ending} there and not here")
    if ours.is_live and there.reference not in {None, *await _billed_by(business, ours)}:
        found.append(f"{there.id} is billed by {there.reference} there, and is no such plan here")
    return found


async def _billed_by(business: Books, ours: Subscription) -> set[str | None]:
    """Return by what it may be billed: its plan's price, or that of the change to come."""
    async with business.store.read() as work:
        change = await work.plan_changes.open_of(ours.id)
    is_placed = change is not None and change.status is ChangeStatus.PLACED
    return {ours.reference, *([change.after.reference] if change and is_placed else [])}


async def _about_credits(
    business: Books, till: TrueHistory, account_id: AccountId, orders: Sequence[Order]
) -> Differences:
    """Judge the lots: one for each pack, one for each month that was told while it ran."""
    wallet, grants = await business.store.records.wallet_and_grants(account_id)
    now = business.clock()
    found: Differences = []
    for order in orders:
        lots = [grant for grant in grants if grant.cause == order.cause]
        if order.line.type is OrderType.CREDITS:
            found += _about_pack(order, lots)
        elif lots and not order.was_paid:
            found.append(f"order {order.id} brought credits, and was not paid")
    months = [each for each in grants if each.source is GrantSource.SUBSCRIPTION]
    by_cause = {order.cause: order for order in orders}
    found += _about_months(by_cause, months)
    told = Counter(
        [await _month(business, by_cause.get(each.cause or ""), each) for each in months]
    )
    found += [f"{account_id}: {n} lots for {month}" for month, n in told.items() if n > 1]
    # An earlier month that stood still under a dispute may run beside this one; none runs twice.
    running = {each.cause for each in months if not each.has_expired(now)}
    found += [
        f"{cause} has no lot for this month"
        for cause in await _entitled(business, till, orders)
        if cause not in running
    ]
    # A lot that was voided before it took effect keeps what it would have brought.
    still = [each for each in grants if not each.has_expired(now) and each.voided_at is None]
    lots_left = sum(each.remaining for each in still)
    if lots_left - wallet.overdrawn != wallet.balance(now):
        found.append(f"{account_id}: {wallet.balance(now)} held, and {lots_left} in lots")
    return found


def _about_months(by_cause: Mapping[str, Order], lots: Sequence[Grant]) -> Differences:
    """Judge what months brought that were paid one by one: as much as their orders say."""
    found: Differences = []
    for lot in lots:
        order = by_cause.get(lot.cause or "")
        if order is None or order.period is None or order.line.interval is not Interval.MONTHLY:
            continue
        if order.trial_days:
            # What a trial brings is the plan's to say, and not in its order.
            continue
        if lot.amount != order.line.credits:
            found.append(f"order {order.id} brought {lot.amount} credits, not {order.line.credits}")
    return found


async def _month(business: Books, order: Order | None, lot: Grant) -> object:
    """Name the month that a lot was granted for.

    A lot's end does not tell months apart: usage that is paid back may have given two lots of the
    past the same new end. Months that were paid one by one are told apart by their orders, those
    of one year by when their lots came: a month is granted while it runs, or never.
    """
    if order is None or order.period is None or order.subscription_id is None:
        return lot.id
    if order.line.interval is Interval.MONTHLY:
        return order.subscription_id, order.period.start_at
    async with business.store.read() as work:
        sold = await work.subscriptions.find(SubscriptionId(order.subscription_id))
    anchor_at = sold.as_of(order.period).anchor_at
    return order.subscription_id, order.id, month_of(anchor_at, lot.created_at)


async def _entitled(business: Books, till: TrueHistory, orders: Sequence[Order]) -> set[str]:
    """Return what present months are paid for by, of subscriptions that the provider keeps up."""
    found: set[str] = set()
    by_id = {order.id: order for order in orders}
    for there in till.subscriptions():
        ours = await _known(business, till, there.id)
        if ours is None or there.status != "active" or ours.order_id not in by_id:
            continue
        is_paid = ours.period.start_at <= business.clock() < ours.period.end_at
        if is_paid and not by_id[ours.order_id].is_gone:
            found.add(by_id[ours.order_id].cause)
    return found


def _about_pack(order: Order, lots: Sequence[Grant]) -> Differences:
    brought = sum(lot.amount for lot in lots)
    if brought != (order.line.credits + order.bonus_credits if order.was_paid else 0):
        return [f"order {order.id}, {order.status.value}, brought {brought} credits"]
    gone, whole = order.gone
    claimed = sum(claim.amount for claim in order.claims)
    if order.was_paid and claimed != sum(lot.amount * gone // whole for lot in lots):
        return [f"of order {order.id} {claimed} credits were claimed for {gone} of {whole}"]
    return []


async def _known(business: Books, till: TrueHistory, reference: str) -> Subscription | None:
    async with business.store.read() as work:
        return await work.subscriptions.find_at_provider(till.channel, reference)


async def _orders(business: Books) -> AsyncIterator[Order]:
    request: PageRequest | None = PageRequest(limit=_AT_ONCE)
    while request is not None:
        async with business.store.read() as work:
            page = await work.orders.search(OrderFilter(), request)
        for order in page.items:
            yield order
        request = None if page.next is None else PageRequest(limit=_AT_ONCE, after=page.next)


async def _inbox(business: Business) -> AsyncIterator[InboxEvent]:
    request: PageRequest | None = PageRequest(limit=_AT_ONCE)
    while request is not None:
        async with business.store.read() as work:
            page = await work.inbox.page(InboxFilter(), request)
        for event in page.items:
            yield event
        request = None if page.next is None else PageRequest(limit=_AT_ONCE, after=page.next)
