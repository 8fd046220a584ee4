"""A payment provider on strings: a test says what its webhooks mean and when it fails."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeVar

from attrs import Factory, define, evolve

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
    ProviderPrice,
    RefundRequest,
    RefundTaken,
    SubscriptionAction,
)
from domain.payments.errors import (
    ProviderRefused,
    ProviderUnavailable,
    SignatureRefused,
    WebhookUnreadable,
)
from domain.payments.ids import Channel, OrderId
from domain.payments.inbox import InboxEvent
from domain.payments.order import OrderType
from domain.payments.provider_event import (
    ProviderEvent,
    ProviderStatus,
    RefundStatus,
    SubscriptionReported,
)
from domain.period import Interval
from tests.support.builders.payments import SANDBOX, an_inbox_event

Answer = TypeVar("Answer")

SIGNATURE_HEADER = "signature"
SIGNATURE = "valid"
CHECKOUT_LIFE = timedelta(hours=1)


class Silence(Enum):
    """How a call ends without an answer."""

    BEFORE = "the provider did not hear"
    AFTER = "the provider did it, and its answer was lost"


Several = tuple[ProviderEvent, ...]
NOTHING: Several = ()
"""The meaning of a webhook that means nothing to us."""


@define(kw_only=True)
class MarionetteProvider(Provider):
    """A provider whose webhooks are bare event ids; `meanings` says what each means, or why not.

    It keeps one checkout for an order, however often it is asked. `silences` befall calls in turn;
    `meanwhile` is what happens elsewhere while it opens the next one.
    What it can be asked is what a test says: `happened` is when each event did, which `pull` tells
    newest first; `sessions`, `reports`, `reversals` (of a payment) and `prices` are what it answers
    about one of them.
    `acts` are all tries to change a subscription, under which key; each is answered by its report,
    or by its outcome, if that is another one.
    `changes` are all tries to change its plan; it makes each once for a key, unless `change_fault`
    says why not, and then reports the new price. A preview says that `due_minor` is due, and that a
    change to a year begins a period.
    If it `lists_subscriptions`, it lists the reports of those that live, so many a page, from one
    that sorts behind the position; `list_fault` says why it cannot.
    `questions` are the ids it was asked about, and the positions behind which it listed.
    It gives money back once for a key, in the status and under the id that a test says, unless that
    is a refusal; `refunds` are all tries.
    """

    channel: Channel = SANDBOX
    capabilities: frozenset[Capability] = frozenset(Capability)
    is_reference_needed: bool = False
    meanings: dict[str, ProviderEvent | Several | Exception] = Factory(dict)
    silences: deque[Silence] = Factory(deque)
    meanwhile: Callable[[], Awaitable[object]] | None = None
    asked: list[CheckoutRequest] = Factory(list)
    checkouts: dict[OrderId, CheckoutOpened] = Factory(dict)
    closed: list[str] = Factory(list)
    close_fault: Exception | None = None
    portals: list[tuple[str, str]] = Factory(list)
    happened: dict[str, datetime] = Factory(dict)
    pull_fault: Exception | None = None
    sessions: dict[str, tuple[ProviderEvent, ...] | Exception] = Factory(dict)
    reports: dict[str, SubscriptionReported | Exception] = Factory(dict)
    outcomes: dict[str, SubscriptionReported | Exception] = Factory(dict)
    lists_subscriptions: bool = False
    list_page: int = 100
    list_fault: Exception | None = None
    reversals: dict[str, tuple[ProviderEvent, ...] | Exception] = Factory(dict)
    prices: dict[str, ProviderPrice | Exception] = Factory(dict)
    questions: list[str] = Factory(list)
    acts: list[tuple[str, SubscriptionAction, str]] = Factory(list)
    due_minor: int = 0
    changes: list[PlanChange] = Factory(list)
    changed: dict[str, PlanChange] = Factory(dict)
    change_fault: Exception | None = None
    refund_answer: RefundStatus | Exception = RefundStatus.SUCCEEDED
    names_refunds: bool = True
    refunds: list[RefundRequest] = Factory(list)
    gone_back: dict[str, int | None] = Factory(dict)

    def needs_reference_for(self, type: OrderType) -> bool:
        return self.is_reference_needed

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOpened:
        self.asked.append(request)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        silence = self.silences.popleft() if self.silences else None
        if silence is Silence.BEFORE:
            raise ProviderUnavailable(channel=self.channel)
        order = request.order
        session_id = f"session-{len(self.checkouts) + 1}"
        opened = self.checkouts.setdefault(
            order.id,
            CheckoutOpened(
                session_id=session_id,
                url=f"https://pay.example/{session_id}",
                expires_at=order.created_at + CHECKOUT_LIFE,
            ),
        )
        if silence is Silence.AFTER:
            raise ProviderUnavailable(channel=self.channel)
        return opened

    async def close_checkout(self, session_id: str) -> None:
        if self.close_fault is not None:
            raise self.close_fault
        self.closed.append(session_id)

    async def refund(self, request: RefundRequest) -> RefundTaken:
        self.refunds.append(request)
        silence = self.silences.popleft() if self.silences else None
        if silence is Silence.BEFORE:
            raise ProviderUnavailable(channel=self.channel)
        if isinstance(self.refund_answer, Exception):
            raise self.refund_answer
        self.gone_back.setdefault(request.key, request.amount_minor)
        if silence is Silence.AFTER:
            raise ProviderUnavailable(channel=self.channel)
        place = list(self.gone_back).index(request.key) + 1
        refund_id = f"re_{place}" if self.names_refunds else None
        return RefundTaken(refund_id=refund_id, status=self.refund_answer)

    async def act(
        self, provider_subscription_id: str, action: SubscriptionAction, key: str
    ) -> SubscriptionReported:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        self.acts.append((provider_subscription_id, action, key))
        if self.silences:
            self.silences.popleft()
            raise ProviderUnavailable(channel=self.channel)
        unknown = ProviderRefused(channel=self.channel, reason="it is unknown there")
        found = self.outcomes.get(provider_subscription_id)
        return _told(found or self.reports.get(provider_subscription_id, unknown))

    async def preview_change(self, change: PlanChange) -> ChangePreview:
        assert change.sold is not None
        return ChangePreview(
            due_now_minor=self.due_minor,
            currency=change.sold.currency,
            is_exact=True,
            begins_period=change.sold.interval is Interval.YEARLY,
        )

    async def change_plan(self, change: PlanChange) -> SubscriptionReported:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        self.changes.append(change)
        silence = self.silences.popleft() if self.silences else None
        if silence is Silence.BEFORE:
            raise ProviderUnavailable(channel=self.channel)
        if self.change_fault is not None:
            raise self.change_fault
        self.changed.setdefault(change.key, change)
        reference = change.provider_subscription_id
        report = evolve(_told(self.reports[reference]), reference=change.reference)
        self.reports[reference] = report
        if silence is Silence.AFTER:
            raise ProviderUnavailable(channel=self.channel)
        return report

    async def open_portal(self, customer_id: str, return_url: str) -> str:
        self.portals.append((customer_id, return_url))
        return f"https://pay.example/portal/{customer_id}"

    def verify(self, body: bytes, headers: Mapping[str, str], now: datetime) -> SignedEvent:
        if headers.get(SIGNATURE_HEADER) != SIGNATURE:
            raise SignatureRefused(channel=self.channel, reason="it is not ours")
        return SignedEvent(event_id=body.decode(), type="told")

    async def translate(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        meaning = self.meanings.get(event.event_id)
        if meaning is None:
            raise WebhookUnreadable(channel=self.channel, problem="means nothing to anybody")
        if isinstance(meaning, Exception):
            raise meaning
        return meaning if isinstance(meaning, tuple) else (meaning,)

    async def read_checkout(self, session_id: str) -> tuple[ProviderEvent, ...]:
        self.questions.append(session_id)
        return _told(self.sessions.get(session_id, ()))

    async def read_subscription(self, provider_subscription_id: str) -> SubscriptionReported:
        self.questions.append(provider_subscription_id)
        unknown = ProviderRefused(channel=self.channel, reason="it is unknown there")
        return _told(self.reports.get(provider_subscription_id, unknown))

    async def list_known(self, since: datetime, after: str | None) -> Listed:
        if not self.lists_subscriptions:
            return Listed()
        self.questions.append(f"behind {after or ''}")
        if self.list_fault is not None:
            raise self.list_fault
        live = [
            each
            for each in self.reports.values()
            if isinstance(each, SubscriptionReported) and each.status is not ProviderStatus.CANCELED
        ]
        ordered = sorted(live, key=lambda each: each.provider_subscription_id)
        later = [each for each in ordered if each.provider_subscription_id > (after or "")]
        page = later[: self.list_page]
        is_last = len(later) <= self.list_page
        return Listed(
            reports=tuple(page), next=None if is_last else page[-1].provider_subscription_id
        )

    async def read_payment(self, provider_payment_id: str) -> tuple[ProviderEvent, ...]:
        self.questions.append(provider_payment_id)
        return _told(self.reversals.get(provider_payment_id, ()))

    async def read_price(self, reference: str) -> ProviderPrice:
        self.questions.append(reference)
        unknown = ProviderRefused(channel=self.channel, reason="it is unknown there")
        return _told(self.prices.get(reference, unknown))

    async def pull(self, since: datetime) -> AsyncIterator[InboxEvent]:
        newest_first = sorted(self.happened.items(), key=lambda each: each[1], reverse=True)
        for event_id, at in newest_first:
            if at >= since:
                yield an_inbox_event(
                    channel=self.channel,
                    event_id=event_id,
                    type="told",
                    body=event_id.encode(),
                    received_at=at,
                    next_try_at=at,
                )
        if self.pull_fault is not None:
            raise self.pull_fault


def _told(answer: Answer | Exception) -> Answer:
    if isinstance(answer, Exception):
        raise answer
    return answer
