"""The provider's side: what buyers, banks and time truly do there, and what it tells of that."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import attrgetter

from attrs import define, evolve, field

from application.ports.provider_calls import PlanChange, SubscriptionAction
from domain.payments.errors import ProviderRefused
from domain.payments.ids import Channel, OrderId
from domain.payments.order import Order
from domain.payments.payment import Payment
from domain.payments.provider_event import (
    ChangePaid,
    CheckoutExpired,
    CheckoutFailed,
    DisputeStatus,
    ProviderEvent,
    ProviderStatus,
    RefundStatus,
)
from domain.period import Period, period_after
from tests.prove.simulation.provider_changes import bill_of, take_up
from tests.prove.simulation.provider_facts import (
    Telling,
    checkout_linked,
    checkout_paid,
    first_period,
    period_paid,
)
from tests.prove.simulation.provider_records import (
    CHANNEL,
    Collected,
    MoneyBack,
    Page,
    Standing,
)
from tests.providers.till import PaymentThere, SubscriptionThere

_PAGE_LIFE = timedelta(hours=24)


@define(eq=False, kw_only=True)
class ProviderBooks(Telling):
    """What is true at the provider. Its clock is the true one, whatever ours shows."""

    channel: Channel = CHANNEL
    pages: dict[str, Page] = field(factory=dict)
    collected: dict[str, Collected] = field(factory=dict)
    standing: dict[str, Standing] = field(factory=dict)
    _asked_for: dict[str, Page] = field(factory=dict)
    _done: set[str] = field(factory=set)

    # What our books are compared with.

    def payments(self) -> Sequence[PaymentThere]:
        """Return all payments, oldest first; those of a stray subscription stand by themselves.

        That nothing was paid for a trial is no payment.
        """
        strays = {each.id for each in self.standing.values() if each.is_stray}
        return [
            evolve(there, subscription_id=None) if there.subscription_id in strays else there
            for there in (each.there() for each in self.collected.values())
            if there.total_minor > 0
        ]

    def subscriptions(self) -> Sequence[SubscriptionThere]:
        """Return all subscriptions but those that a person had to end, oldest first."""
        return [each.there() for each in self.standing.values() if not each.is_stray]

    # What the service asks for. Repeated under its key, nothing is done again.

    def open(self, key: str, order: Order) -> Page:
        """Open a page for an order."""
        page = self._asked_for.get(key)
        if page is None:
            page = self._asked_for[key] = Page(
                session_id=f"page_{len(self.pages) + 1}",
                order=order,
                expires_at=self.clock() + _PAGE_LIFE,
            )
            self.pages[page.session_id] = page
        return page

    def close(self, session_id: str) -> None:
        """Close a page that waits to be paid, and tell."""
        page = self.pages[session_id]
        if page.can_be_paid(self.clock()):
            page.is_closed = True
            self.tell(CheckoutExpired(order_id=page.order.id))

    def refund(
        self, key: str | None, payment_id: str, amount_minor: int | None, status: RefundStatus
    ) -> MoneyBack:
        """Give money of a payment back. Raises ProviderRefused."""
        collected = self.collected.get(payment_id)
        if collected is None:
            raise ProviderRefused(channel=CHANNEL, reason="it has no such payment")
        known = next((each for each in collected.refunds if key and each.key == key), None)
        if known is not None:
            return known
        left = collected.left_minor
        amount = left if amount_minor is None else amount_minor
        if collected.dispute in {DisputeStatus.OPEN, DisputeStatus.LOST} or not 0 < amount <= left:
            raise ProviderRefused(channel=CHANNEL, reason="that much is not left of the payment")
        refund = MoneyBack(
            id=f"re_{payment_id}_{len(collected.refunds) + 1}",
            key=key,
            amount_minor=amount,
            status=status,
        )
        collected.refunds.append(refund)
        self._tell_refund(collected, refund)
        return refund

    def act(self, reference: str, action: SubscriptionAction, key: str) -> Standing:
        """Do something to a subscription, once for a key. Raises ProviderRefused."""
        found = self.standing[reference]
        if key not in self._done:
            if not found.is_live and action is not SubscriptionAction.CANCEL_NOW:
                raise ProviderRefused(channel=CHANNEL, reason="the subscription has ended")
            self._done.add(key)
            self._act(found, action)
        return found

    def change(self, change: PlanChange) -> Standing:
        """Move a subscription to another price, once for a key. Raises ProviderRefused."""
        found = self.standing[change.provider_subscription_id]
        if change.key in found.changed_under:
            return found
        bill = bill_of(found, change)
        found.changed_under.append(change.key)
        take_up(found, change, bill)
        now = self.tick()
        if bill.begins_period:
            found.anchor_at = now
            found.period = period_after(now, now, found.interval)
        found.told_at = self.tick()
        self.tell(found.reported())
        due = max(0, bill.due_now_minor)
        if bill.begins_period:
            self._tell_period(found, due, now)
        elif due > 0:
            payment = self._payment(found, due, now)
            paid = ChangePaid(provider_subscription_id=found.id, payment=payment, key=change.key)
            self.tell(paid)
        return found

    # What buyers, banks and time do.

    def pay(self, page: Page, *, is_told_apart: bool, is_told_twice: bool) -> None:
        """Let a page be paid, once; told as one event, or apart as by some providers, or both."""
        order, now = page.order, self.tick()
        payment = Payment(
            channel=CHANNEL,
            provider_payment_id=f"pay_{len(self.collected) + 1}",
            net_minor=order.due_minor,
            currency=order.line.currency,
            paid_at=now,
        )
        page.payment_id = payment.provider_payment_id
        begun = self._begin(page, now)
        self._collect(payment, page, begun)
        whole = self.paid_facts(page)
        if begun is None:
            self.tell(*whole)
            if is_told_twice:
                self.tell(*whole)
            return
        first = period_paid(begun, payment, page)
        if is_told_apart:
            self.tell(checkout_linked(page, begun.id))
            self.tell(first)
        if not is_told_apart or is_told_twice:
            self.tell(*whole)
        self.tell(begun.reported())

    def decline(self, page: Page) -> None:
        """Let a card be declined; the page stays open."""
        self.tell(CheckoutFailed(order_id=page.order.id))

    def dispute(self, collected: Collected, status: DisputeStatus) -> None:
        """Let the buyer's bank open a dispute about what is left, or decide it."""
        if collected.dispute is None:
            collected.disputed_minor = collected.left_minor
        collected.dispute = status
        collected.told_at = self.tick()
        self.tell(collected.dispute_reported())

    def settle_refund(self, collected: Collected, refund: MoneyBack, status: RefundStatus) -> None:
        """Let money that was on its way arrive, or come back to us."""
        refund.status = status
        self._tell_refund(collected, refund)

    def time_passes(self, is_paid: bool) -> None:
        """Renew what is due, period by period, in order of time; or let the payment fail."""
        now = self.clock()
        while True:
            due = [
                each
                for each in self.standing.values()
                if each.is_running and each.period.end_at <= now
            ]
            if not due:
                return
            first = min(due, key=attrgetter("period.end_at", "id"))
            at = first.period.end_at
            if first.is_ending:
                self._become(first, ProviderStatus.CANCELED, at)
            elif is_paid:
                self._renew(first, at)
            else:
                self._become(first, ProviderStatus.PAST_DUE, at)

    def collect_overdue(self, found: Standing) -> None:
        """Let a payment that failed arrive after all, for the period that began then."""
        self._renew(found, self.clock())
        self._become(found, ProviderStatus.ACTIVE)

    def give_up(self, found: Standing) -> None:
        """End a subscription that nobody pays any more."""
        self._become(found, ProviderStatus.CANCELED)

    def end_trial(self, found: Standing) -> None:
        """Collect at once for a subscription on trial, as a seller may in the dashboard."""
        now = self.tick()
        self._begin_period(found, now, now)
        found.told_at = self.tick()
        self.tell(found.reported())

    def lengthen_trial(self, found: Standing, days: int) -> None:
        """Let a trial end later."""
        end_at = found.period.end_at + timedelta(days=days)
        found.period = Period(found.period.start_at, end_at)
        found.told_at = self.tick()
        self.tell(found.reported())

    def end_stray(self, order_id: OrderId) -> None:
        """Let a person end the second subscription that an order was paid for."""
        for found in self.standing.values():
            if found.order.id == order_id:
                found.is_stray = True
                if found.is_live:
                    self.give_up(found)

    # What can be read.

    def paid_facts(self, page: Page) -> tuple[ProviderEvent, ...]:
        """Say that a page was paid, and what began with it."""
        assert page.payment_id is not None
        return (checkout_paid(page, self.collected[page.payment_id]),)

    def page_facts(self, session_id: str) -> tuple[ProviderEvent, ...]:
        """Say what has become of a page."""
        page = self.pages[session_id]
        if page.payment_id is not None:
            return self.paid_facts(page)
        if page.can_be_paid(self.clock()):
            return ()
        return (CheckoutExpired(order_id=page.order.id),)

    def _begin(self, page: Page, now: datetime) -> Standing | None:
        interval = page.order.line.interval
        if interval is None:
            return None
        is_trial = page.order.trial_days > 0
        begun = Standing(
            id=f"sub_{len(self.standing) + 1}",
            order=page.order,
            anchor_at=now,
            period=first_period(page, now),
            told_at=self.tick(),
            status=ProviderStatus.TRIALING if is_trial else ProviderStatus.ACTIVE,
            is_on_trial=is_trial,
            interval=interval,
            price_minor=page.order.line.price_minor,
            worth_minor=page.order.due_minor,
        )
        page.subscription_id = begun.id
        self.standing[begun.id] = begun
        return begun

    def _collect(self, payment: Payment, page: Page | None, of: Standing | None) -> None:
        self.collected[payment.provider_payment_id] = Collected(
            payment=payment,
            order_id=None if page is None else page.order.id,
            subscription_id=None if of is None else of.id,
            told_at=payment.paid_at,
        )

    def _renew(self, found: Standing, at: datetime) -> None:
        """Collect for the next period at its full price, and tell of the payment and the period."""
        self._begin_period(found, found.period.end_at, at)
        found.told_at = self.tick()
        self.tell(found.reported())

    def _begin_period(self, found: Standing, start_at: datetime, at: datetime) -> None:
        if found.is_on_trial:
            # All periods count from the end of the trial.
            found.anchor_at, found.is_on_trial = start_at, False
            if found.status is ProviderStatus.TRIALING:
                found.status = ProviderStatus.ACTIVE
        found.period = period_after(found.anchor_at, start_at, found.interval)
        credit = min(found.credit_minor, found.price_minor)
        found.credit_minor -= credit
        found.worth_minor = found.price_minor
        self._tell_period(found, found.price_minor - credit, at)

    def _tell_period(self, found: Standing, net_minor: int, at: datetime) -> None:
        payment = self._payment(found, net_minor, at)
        # Some providers tell of one payment by several events.
        for _ in range(1 + (len(self.collected) % 3 == 0)):
            self.tell(period_paid(found, payment, None))

    def _payment(self, found: Standing, net_minor: int, at: datetime) -> Payment:
        payment = Payment(
            channel=CHANNEL,
            provider_payment_id=f"pay_{len(self.collected) + 1}",
            net_minor=net_minor,
            currency=found.order.line.currency,
            paid_at=self.tick(at),
        )
        self._collect(payment, None, found)
        return payment

    def _act(self, found: Standing, action: SubscriptionAction) -> None:
        match action:
            case SubscriptionAction.CANCEL_NOW:
                if found.is_live:
                    found.is_ending = False
                    self._become(found, ProviderStatus.CANCELED)
            case SubscriptionAction.CANCEL_AT_PERIOD_END:
                self._end(found, is_ending=True)
            case SubscriptionAction.UNDO_CANCEL:
                self._end(found, is_ending=False)
            case SubscriptionAction.PAUSE:
                if found.is_running:
                    self._become(found, ProviderStatus.PAUSED)
            case SubscriptionAction.RESUME:
                self._resume(found)

    def _end(self, found: Standing, *, is_ending: bool) -> None:
        if found.is_ending is not is_ending:
            found.is_ending = is_ending
            found.told_at = self.tick()
            self.tell(found.reported())

    def _resume(self, found: Standing) -> None:
        """Go on; where the period that was paid is over, another is paid, counted from now."""
        if found.status is not ProviderStatus.PAUSED:
            return
        now = self.tick()
        if found.period.end_at <= now:
            found.anchor_at = now
            self._begin_period(found, now, now)
        is_trial = found.is_on_trial
        self._become(found, ProviderStatus.TRIALING if is_trial else ProviderStatus.ACTIVE)

    def _become(self, found: Standing, status: ProviderStatus, at: datetime | None = None) -> None:
        found.status = status
        found.told_at = self.tick(at)
        self.tell(found.reported())

    def _tell_refund(self, collected: Collected, refund: MoneyBack) -> None:
        collected.told_at = self.tick()
        self.tell(collected.refund_reported(refund))
