"""The sandbox on a store in memory, and somebody who takes its webhooks."""

import asyncio
from collections.abc import Mapping

from attrs import define, evolve, field

from adapters.providers.sandbox.delivery import Undelivered
from adapters.providers.sandbox.events import translated
from adapters.providers.sandbox.provider import SandboxProvider
from adapters.providers.sandbox.sandbox import StoredSandbox
from adapters.providers.sandbox.webhooks import SandboxWebhooks
from adapters.stores.memory.store import MemoryStore
from application.ports.provider import CheckoutRequest
from application.ports.store import Store
from domain.payments.inbox import InboxEvent
from domain.payments.order import Order, OrderLine, OrderType
from domain.payments.provider_event import ProviderEvent
from domain.period import Interval
from tests.support.builders.payments import SANDBOX, an_inbox_event, an_order, an_order_line
from tests.support.clock import NOON, CountedIds, SettableClock

SECRET = "a secret both sides know"
SHOP = "https://shop.example"
PUBLIC_URL = "https://billing.example"


@define
class Receiver:
    """The service's side of the webhooks: verifies each one, and takes it or not.

    `statuses` are answered first, in order; an answer of None is no answer at all. While it hangs
    it never answers.
    """

    provider: SandboxProvider
    taken: list[InboxEvent] = field(factory=list)
    statuses: list[int | None] = field(factory=list)
    tries: int = 0
    is_hanging: bool = False
    hung: asyncio.Event = field(factory=asyncio.Event)

    async def __call__(self, body: bytes, headers: Mapping[str, str]) -> int:
        self.tries += 1
        if self.is_hanging:
            self.hung.set()
            await asyncio.Event().wait()
        status = self.statuses.pop(0) if self.statuses else 200
        if status is None:
            raise Undelivered("no answer in time")
        signed = self.provider.verify(body, headers, NOON)
        if status == 200:
            self.taken.append(an_inbox_event(event_id=signed.event_id, type=signed.type, body=body))
        return status


@define
class SandboxWorld:
    """One sandbox, its provider side and its buyers' side, with clocks that tests set."""

    secrets: tuple[str, ...] = (SECRET,)
    store: Store = field(factory=MemoryStore)
    clock: SettableClock = field(factory=SettableClock)
    wall_clock: SettableClock = field(factory=SettableClock)
    new_id: CountedIds = field(factory=CountedIds)
    alarms: list[str] = field(factory=list)
    provider: SandboxProvider = field(init=False)
    receiver: Receiver = field(init=False)
    sandbox: StoredSandbox = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.provider = SandboxProvider(
            begin=self.store.begin,
            public_url=PUBLIC_URL,
            secrets=self.secrets,
            clock=self.clock,
            wall_clock=self.wall_clock,
            new_id=self.new_id,
            new_secret=lambda: f"ticket-{self.new_id()}",
        )
        self.receiver = Receiver(self.provider)
        self.sandbox = self.another_process()

    def another_process(self) -> StoredSandbox:
        """Return the sandbox as another process on the same store serves it."""
        webhooks = SandboxWebhooks(
            begin=self.store.begin,
            read=self.store.read,
            post=self.receiver,
            secrets=self.secrets,
            wall_clock=self.wall_clock,
            new_id=self.new_id,
            alarm=lambda message, fault: self.alarms.append(f"{message}: {fault}"),
        )
        return StoredSandbox(
            begin=self.store.begin,
            read=self.store.read,
            webhooks=webhooks,
            clock=self.clock,
            wall_clock=self.wall_clock,
        )

    @property
    def told(self) -> list[ProviderEvent]:
        """What the service was told so far, in our words."""
        return [fact for event in self.receiver.taken for fact in translated(event.body)]

    @property
    def told_types(self) -> list[str]:
        """The types of the events that arrived, in order."""
        return [event.type for event in self.receiver.taken]

    async def opened(self, order: Order | None = None, *, email: str | None = None) -> str:
        """Open a checkout, of a pack at 5.00 unless told otherwise, and return its ticket."""
        opened = await self.provider.open_checkout(a_request(order, email=email))
        return opened.url.rpartition("/")[2]

    async def portal_of(self, customer_id: str, return_url: str = f"{SHOP}/account") -> str:
        """Open a portal and return its ticket."""
        url = await self.provider.open_portal(customer_id, return_url)
        return url.rpartition("/")[2]

    async def pass_all_time(self) -> int:
        """Let time pass until nothing happens any more, and say how much did."""
        happened = 0
        for _ in range(100):
            now = await self.sandbox.let_time_pass()
            if now == 0:
                return happened
            happened += now
        raise AssertionError("time does not come to rest")


def a_request(order: Order | None = None, *, email: str | None = None) -> CheckoutRequest:
    """Return what the service asks of a provider to sell an order."""
    return CheckoutRequest(order=order or a_sale(), reference=None, email=email, customer_id=None)


def a_sale(
    *,
    line: OrderLine | None = None,
    discount_minor: int = 0,
    coupon_code: str | None = None,
) -> Order:
    """Return an order that says where its buyer goes afterwards."""
    order = an_order(
        line=line, discount_minor=discount_minor, coupon_code=coupon_code, channel=SANDBOX
    )
    return evolve(order, success_url=f"{SHOP}/thanks", cancel_url=f"{SHOP}/prices")


def a_plan_line(
    *, interval: Interval = Interval.MONTHLY, price_minor: int = 990, currency: str = "USD"
) -> OrderLine:
    """Return the line of a plan at 9.90."""
    return an_order_line(
        type=OrderType.SUBSCRIPTION,
        interval=interval,
        price_minor=price_minor,
        currency=currency,
        credits=1000,
    )
