"""What Stripe says now: sessions, invoices, subscriptions, refunds and disputes, read back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve, frozen
from stripe.params import InvoiceLineItemListParams

from adapters.providers.stripe.calls import StripeCalls
from adapters.providers.stripe.facts import (
    Collection,
    checkout_linked,
    checkout_paid,
    collected_as,
    dispute_reported,
    invoice_paid,
    refund_reported,
    subscription_reported,
)
from adapters.providers.stripe.invoices import (
    InvoiceLine,
    InvoiceLines,
    InvoiceObject,
    InvoicePayment,
    InvoicePayments,
)
from adapters.providers.stripe.objects import (
    DisputeList,
    DisputeObject,
    IntentObject,
    Marks,
    RefundList,
    RefundObject,
    SessionObject,
    SubscriptionObject,
    marks_in,
)
from adapters.providers.stripe.refusals import MISSING, StripeRefused
from application.ports.system import Clock
from domain.errors import InvalidField
from domain.payments.provider_event import (
    ChangePaid,
    CheckoutExpired,
    DisputeReported,
    PeriodPaid,
    ProviderEvent,
    RefundReported,
    SubscriptionReported,
)

_PAGE = 100
_PAYMENTS_MAX = 10
_LINE_PAGES_MAX = 10


@frozen(kw_only=True)
class StripeReading:
    """Reads Stripe's objects and returns them as facts.

    What may change is never taken from an event, which may come late: it is read again, and holds
    as of the instant before it was asked for. `wall_clock` is the real time, like Stripe's own.
    Raises ProviderUnavailable, StripeRefused, and InvalidField where an object makes no sense.
    """

    calls: StripeCalls
    wall_clock: Clock

    async def session(self, session_id: str) -> SessionObject:
        """Return a checkout session."""
        return await self.calls.ask(
            lambda stripe: stripe.v1.checkout.sessions.retrieve_async(session_id), SessionObject
        )

    async def subscription(self, subscription_id: str) -> SubscriptionObject:
        """Return a subscription; one that has ended can still be read."""
        return await self.calls.ask(
            lambda stripe: stripe.v1.subscriptions.retrieve_async(subscription_id),
            SubscriptionObject,
        )

    async def checkout(self, session_id: str) -> tuple[ProviderEvent, ...]:
        """Return what has become of a checkout, the first payment of a subscription included."""
        session = await self.session(session_id)
        marks = session.marks
        if marks is None:
            return ()
        if session.status == "expired":
            return (CheckoutExpired(order_id=marks.order_id),)
        if session.status != "complete":
            return ()
        if session.mode == "subscription":
            linked = checkout_linked(session, marks)
            return linked, *await self._first_payment(session, linked.provider_subscription_id)
        if session.mode == "payment" and session.is_settled:
            return (checkout_paid(session, marks, self.wall_clock()),)
        return ()

    async def reported(
        self, subscription_id: str, at_least: datetime | None = None
    ) -> SubscriptionReported:
        """Return what a subscription is like now, no older than an instant Stripe has named."""
        asked_at = self._asked_at(at_least)
        return subscription_reported(await self.subscription(subscription_id), asked_at)

    async def invoice_facts(
        self, invoice: InvoiceObject, subscription_id: str
    ) -> tuple[PeriodPaid | ChangePaid, ...]:
        """Return what a paid invoice paid for, having asked which order began it if need be."""
        marks = await self._marks_of(invoice, subscription_id)
        return invoice_paid(await self.whole(invoice), subscription_id, marks)

    async def whole(self, invoice: InvoiceObject) -> InvoiceObject:
        """Return an invoice, or the preview of one, with all its lines; most have few.

        Raises InvalidField for one with more lines than anybody will ever have.
        """
        if not invoice.lines.has_more:
            return invoice
        lines: list[InvoiceLine] = []
        for _ in range(_LINE_PAGES_MAX):
            page = await self._lines(invoice.id, lines[-1].id if lines else None)
            lines += page.data
            if not page.has_more:
                return evolve(invoice, lines=InvoiceLines(data=lines))
        raise InvalidField(path="lines", problem="are more than can be read")

    async def refund(self, refund_id: str, at_least: datetime) -> RefundReported:
        """Return how far a refund has come."""
        asked_at = self._asked_at(at_least)
        refund = await self.calls.ask(
            lambda stripe: stripe.v1.refunds.retrieve_async(refund_id), RefundObject
        )
        collection = await self._collection(refund.payment_intent, refund.charge)
        return refund_reported(refund, collection, asked_at)

    async def refunds_of_charge(
        self, charge_id: str, at_least: datetime
    ) -> tuple[RefundReported, ...]:
        """Return all refunds of a charge."""
        asked_at = self._asked_at(at_least)
        found = await self.calls.ask(
            lambda stripe: stripe.v1.refunds.list_async({"charge": charge_id, "limit": _PAGE}),
            RefundList,
        )
        if not found.data:
            return ()
        collection = await self._collection(found.data[0].payment_intent, charge_id)
        return tuple(refund_reported(each, collection, asked_at) for each in found.data)

    async def dispute(self, dispute_id: str, at_least: datetime) -> DisputeReported:
        """Return how a dispute stands."""
        asked_at = self._asked_at(at_least)
        dispute = await self.calls.ask(
            lambda stripe: stripe.v1.disputes.retrieve_async(dispute_id), DisputeObject
        )
        collection = await self._collection(dispute.payment_intent, dispute.charge)
        return dispute_reported(dispute, collection, asked_at)

    async def payment(self, payment_id: str) -> tuple[ProviderEvent, ...]:
        """Return refunds and disputes of a payment that we know by this id."""
        asked_at = self._asked_at(None)
        events: list[ProviderEvent] = []
        for source in await self.sources(payment_id):
            known = Collection(ids=tuple(dict.fromkeys((collected_as(payment_id), source))))
            refunds = await self.refunds_of(source)
            events.extend(refund_reported(each, known, asked_at) for each in refunds)
            disputes = await self._disputes_of(source)
            events.extend(dispute_reported(each, known, asked_at) for each in disputes)
        return tuple(events)

    async def sources(self, payment_id: str) -> tuple[str, ...]:
        """Return the payment intents or charges in which a payment was collected, if any was.

        A payment of a subscription is known by its invoice, one of a pack by its payment intent. A
        checkout in which nothing was due has no source.
        """
        if payment_id.startswith(("pi_", "ch_", "py_")):
            return (payment_id,)
        invoice_id = collected_as(payment_id)
        if not invoice_id.startswith("in_"):
            return ()
        ties = await self.calls.ask(
            lambda stripe: stripe.v1.invoice_payments.list_async(
                {"invoice": invoice_id, "limit": _PAYMENTS_MAX}
            ),
            InvoicePayments,
        )
        # The one that was meant to pay it comes first.
        paid = sorted((tie for tie in ties.data if tie.status == "paid"), key=_is_beside)
        found = (tie.payment.payment_intent or tie.payment.charge for tie in paid)
        return tuple(each for each in found if each is not None)

    async def refunds_of(self, source: str) -> Sequence[RefundObject]:
        """Return all refunds of a payment intent or a charge."""
        if source.startswith("pi_"):
            found = await self.calls.ask(
                lambda stripe: stripe.v1.refunds.list_async(
                    {"payment_intent": source, "limit": _PAGE}
                ),
                RefundList,
            )
        else:
            found = await self.calls.ask(
                lambda stripe: stripe.v1.refunds.list_async({"charge": source, "limit": _PAGE}),
                RefundList,
            )
        return found.data

    async def _disputes_of(self, source: str) -> Sequence[DisputeObject]:
        if source.startswith("pi_"):
            found = await self.calls.ask(
                lambda stripe: stripe.v1.disputes.list_async(
                    {"payment_intent": source, "limit": _PAGE}
                ),
                DisputeList,
            )
        else:
            found = await self.calls.ask(
                lambda stripe: stripe.v1.disputes.list_async({"charge": source, "limit": _PAGE}),
                DisputeList,
            )
        return found.data

    async def _first_payment(
        self, session: SessionObject, subscription_id: str
    ) -> tuple[ProviderEvent, ...]:
        invoice_id = session.invoice
        if invoice_id is None:
            return ()
        invoice = await self._invoice(invoice_id)
        if invoice.status != "paid":
            return ()
        return await self.invoice_facts(invoice, subscription_id)

    async def _collection(self, intent: str | None, charge: str | None) -> Collection:
        """Return all ids under which we may know a payment: the invoice first, if it has one."""
        invoice_id = None if intent is None else await self._invoice_of(intent)
        return Collection(
            ids=tuple(each for each in (invoice_id, intent, charge) if each is not None),
            bears_our_mark=await self._bears_our_mark(invoice_id, intent),
        )

    async def _bears_our_mark(self, invoice_id: str | None, intent: str | None) -> bool:
        """Say whether what was paid names an order of ours: we have never sold without one."""
        if invoice_id is not None:
            invoice = await self._invoice(invoice_id)
            subscription_id = invoice.subscription_id
            if subscription_id is None:
                return False
            return await self._marks_of(invoice, subscription_id) is not None
        if intent is None:
            return False
        found = await self.calls.ask(
            lambda stripe: stripe.v1.payment_intents.retrieve_async(intent), IntentObject
        )
        return marks_in(found.metadata) is not None

    async def _marks_of(self, invoice: InvoiceObject, subscription_id: str) -> Marks | None:
        """Return the order that began an invoice's subscription, if it was one of ours."""
        if invoice.marks is not None:
            return invoice.marks
        try:
            return (await self.subscription(subscription_id)).marks
        except StripeRefused as refused:
            if refused.cause != MISSING:
                raise
        return None

    async def _invoice(self, invoice_id: str) -> InvoiceObject:
        return await self.calls.ask(
            lambda stripe: stripe.v1.invoices.retrieve_async(invoice_id), InvoiceObject
        )

    async def _lines(self, invoice_id: str, after: str | None) -> InvoiceLines:
        params: InvoiceLineItemListParams = {"limit": _PAGE}
        if after is not None:
            params["starting_after"] = after
        return await self.calls.ask(
            lambda stripe: stripe.v1.invoices.line_items.list_async(invoice_id, params),
            InvoiceLines,
        )

    async def _invoice_of(self, intent: str) -> str | None:
        ties = await self.calls.ask(
            lambda stripe: stripe.v1.invoice_payments.list_async(
                {"payment": {"type": "payment_intent", "payment_intent": intent}, "limit": 1}
            ),
            InvoicePayments,
        )
        return ties.data[0].invoice if ties.data else None

    def _asked_at(self, at_least: datetime | None) -> datetime:
        """Return the instant an answer will hold for: Stripe's clock may be ahead of ours."""
        now = self.wall_clock()
        return now if at_least is None else max(now, at_least)


def _is_beside(tie: InvoicePayment) -> bool:
    return not tie.is_default
