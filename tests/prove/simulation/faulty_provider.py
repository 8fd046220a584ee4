"""The provider as the service reaches it: silent, broken, or heard by it and not by us."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from attrs import define

from application.ports.provider import (
    Capability,
    CheckoutOpened,
    CheckoutRequest,
    Listed,
    Provider,
    SignedEvent,
)
from application.ports.provider_calls import (
    ChangePreview,
    PlanChange,
    RefundRequest,
    RefundTaken,
    SubscriptionAction,
)
from domain.payments.errors import ProviderRefused, ProviderUnavailable, SignatureRefused
from domain.payments.ids import Channel
from domain.payments.inbox import InboxEvent
from domain.payments.order import OrderType
from domain.payments.provider_event import ProviderEvent, RefundStatus, SubscriptionReported
from tests.prove.simulation.faulty_store import Life
from tests.prove.simulation.provider_books import ProviderBooks
from tests.prove.simulation.provider_changes import bill_of
from tests.prove.simulation.provider_lists import event_of, page_of
from tests.prove.simulation.provider_records import CHANNEL
from tests.prove.simulation.swarm import Fault

_PENDING_SHARE = 0.3


@define(eq=False, kw_only=True)
class FaultyProvider(Provider):
    """The one channel, over the provider's true books. A webhook's body is its event's id.

    If it `lists`, what happened is listed in pages, and cannot be pulled.
    """

    books: ProviderBooks
    life: Life
    lists: bool = False

    @property
    def channel(self) -> Channel:
        return CHANNEL

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset(Capability)

    @property
    def lists_subscriptions(self) -> bool:
        return self.lists

    def needs_reference_for(self, type: OrderType) -> bool:
        return False

    def checkout_key(self, request: CheckoutRequest) -> str:
        """Return the key under which a page is opened: the same in every try."""
        return request.order.id

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOpened:
        self._before()
        page = self.books.open(self.checkout_key(request), request.order)
        self._after()
        return CheckoutOpened(
            session_id=page.session_id,
            url=f"https://pay.example/{page.session_id}",
            expires_at=page.expires_at,
        )

    async def close_checkout(self, session_id: str) -> None:
        self._before()
        self.books.close(session_id)
        self._after()

    async def open_portal(self, customer_id: str, return_url: str) -> str:
        self._before()
        return f"https://pay.example/portal/{customer_id}"

    def verify(self, body: bytes, headers: Mapping[str, str], now: datetime) -> SignedEvent:
        event_id = body.decode()
        if event_id not in self.books.told:
            raise SignatureRefused(channel=CHANNEL, reason="it is not the provider's")
        return SignedEvent(event_id=event_id, type="told")

    async def translate(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        return self.books.told[event.event_id].facts

    async def refund(self, request: RefundRequest) -> RefundTaken:
        self._before()
        takes_time = self.life.fortune.is_likely(_PENDING_SHARE)
        status = RefundStatus.PENDING if takes_time else RefundStatus.SUCCEEDED
        made = self.books.refund(
            request.key, request.provider_payment_id, request.amount_minor, status
        )
        self._after()
        return RefundTaken(refund_id=made.id, status=made.status)

    async def act(
        self, provider_subscription_id: str, action: SubscriptionAction, key: str
    ) -> SubscriptionReported:
        self._before()
        report = self.books.act(provider_subscription_id, action, key).reported()
        self._after()
        return report

    async def preview_change(self, change: PlanChange) -> ChangePreview:
        self._before()
        return bill_of(self.books.standing[change.provider_subscription_id], change)

    async def change_plan(self, change: PlanChange) -> SubscriptionReported:
        self._before()
        report = self.books.change(change).reported()
        self._after()
        return report

    async def read_checkout(self, session_id: str) -> tuple[ProviderEvent, ...]:
        self._before()
        return self.books.page_facts(session_id)

    async def read_subscription(self, provider_subscription_id: str) -> SubscriptionReported:
        self._before()
        return self.books.standing[provider_subscription_id].reported()

    async def read_payment(self, provider_payment_id: str) -> tuple[ProviderEvent, ...]:
        self._before()
        collected = self.books.collected.get(provider_payment_id)
        if collected is None:
            raise ProviderRefused(channel=CHANNEL, reason="it has no such payment")
        return collected.reversals()

    async def pull(self, since: datetime) -> AsyncIterator[InboxEvent]:
        self._before()
        if self.lists:
            return
        for told in reversed(list(self.books.told.values())):
            if told.at >= since:
                yield event_of(told)

    async def list_known(self, since: datetime, after: str | None) -> Listed:
        if not self.lists:
            return Listed()
        self._before()
        return page_of(self.books, since, after)

    def _before(self) -> None:
        """Call out. Raises ProviderUnavailable where nothing is done, Crashed."""
        self.life.goes_on()
        fortune = self.life.fortune
        if fortune.strikes(Fault.PROVIDER_SILENT) or fortune.strikes(Fault.PROVIDER_BROKEN):
            raise ProviderUnavailable(channel=CHANNEL)

    def _after(self) -> None:
        """Hear the answer to what was done. Raises ProviderUnavailable if it is lost, Crashed."""
        self.life.goes_on()
        if self.life.fortune.strikes(Fault.PROVIDER_LOST_ANSWER):
            raise ProviderUnavailable(channel=CHANNEL)
