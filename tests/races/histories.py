"""True histories, told in any order, with losses and repeats: what is here equals the truth."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from attrs import define, field

from application.credits.verify_ledger import VerifyLedger
from application.payments.drain_inbox import DrainInbox
from application.payments.receive_event import ReceiveEvent
from application.payments.reconcile import Reconcile
from application.payments.start_checkout import StartCheckout
from application.ports.paging import PageRequest
from domain.access.audit import Actor
from domain.credits.ids import AccountId
from domain.payments.ids import OrderId
from domain.payments.order import Order, OrderType
from entrypoints.container import Container
from entrypoints.settings import load_settings
from tests.races.configuration import SHOP
from tests.races.truth import END, START, History, Standing, history_of
from tests.races.world import Violations
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import SettableClock
from tests.support.fake_provider import SIGNATURE, SIGNATURE_HEADER, MarionetteProvider

LOST = 0.3
REPEATED = 0.5

_ADMIN = Actor(id="admin-1", request_id="request-1")
_LINES_AT_ONCE = 100

Plant = Callable[[Any], None]
"""Put something wrong into a container."""


def _nothing(container: Any) -> None:
    return None


@define(kw_only=True)
class Histories:
    """What telling histories showed."""

    seed: int
    histories: int = 0
    events: int = 0
    lost: int = 0
    delivered: int = 0
    drift: int = 0
    violations: Violations = field(factory=list)

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.histories} histories of {self.events} events, of which "
            f"{self.lost} were lost, in {self.delivered} deliveries; {self.drift} differences "
            f"mended by reconciling; {len(self.violations)} violations"
        )


@define(kw_only=True)
class _Shop:
    """A container on some store, with a provider of which everything is known."""

    container: Any
    random: Random
    found: Histories
    clock: SettableClock = field(factory=SettableClock)
    provider: MarionetteProvider = field(factory=MarionetteProvider)
    histories: list[History] = field(factory=list)

    async def sell(self, histories: int) -> None:
        """Let so many accounts buy something, and draw what became of it."""
        plan, pack = a_plan(), a_pack()
        async with self.container.store().begin() as work:
            await work.plans.add(plan)
            await work.packs.add(pack)
            await work.commit()
        self.clock.now = START
        for number in range(histories):
            is_plan = self.random.random() < 0.6
            started = await self.container.start_checkout()(
                StartCheckout(
                    account_id=AccountId(f"buyer-{number}"),
                    channel=SANDBOX,
                    item=plan.id if is_plan else pack.id,
                    type=OrderType.SUBSCRIPTION if is_plan else OrderType.CREDITS,
                    success_url=f"{SHOP}/thanks",
                    cancel_url=f"{SHOP}/prices",
                )
            )
            self._know(history_of(started.order, self.random))

    def _know(self, history: History) -> None:
        self.histories.append(history)
        self.found.histories += 1
        self.found.events += len(history.told)
        provider = self.provider
        for told in history.told:
            provider.meanings[told.id] = told.fact
            provider.happened[told.id] = told.at
        assert history.order.session_id is not None
        provider.sessions[history.order.session_id] = history.checkout_facts
        if history.subscription_id is not None and history.report is not None:
            provider.reports[history.subscription_id] = history.report

    async def tell(self) -> None:
        """Deliver every history in an order of its own, with losses and repeats, all mixed."""
        deliveries: list[str] = []
        for history in self.histories:
            for told in history.told:
                if self.random.random() < LOST:
                    self.found.lost += 1
                    continue
                deliveries.append(told.id)
                if self.random.random() < REPEATED:
                    deliveries.append(told.id)
        self.random.shuffle(deliveries)
        self.clock.now = END
        for event_id in deliveries:
            await self.container.receive_event()(
                ReceiveEvent(
                    channel=SANDBOX,
                    body=event_id.encode(),
                    headers={SIGNATURE_HEADER: SIGNATURE},
                )
            )
            self.found.delivered += 1
        for _ in range(3):
            self.clock.now += timedelta(minutes=1)
            while (await self.container.drain_inbox()(DrainInbox(events_max=500))).tried:
                self.clock.now += timedelta(seconds=1)

    async def reconcile(self) -> int:
        """Ask the provider, mend what differs, and say how much did."""
        reconciled = await self.container.reconcile()(
            Reconcile(
                channel=SANDBOX,
                since=START - timedelta(days=1),
                is_to_be_applied=True,
                reason="events were lost",
                actor=_ADMIN,
            )
        )
        self.found.violations += [
            f"{drift.about} cannot be mended: {drift.problem}"
            for drift in reconciled.drift
            if drift.problem is not None
        ]
        return len(reconciled.drift)

    async def differences(self, *, is_final: bool) -> Violations:
        """Compare what is here with the truth; before the end less may be here, never more."""
        wrong: Violations = []
        for history in self.histories:
            wrong += await self._difference(history, is_final=is_final)
        return wrong

    async def _difference(self, history: History, *, is_final: bool) -> Violations:
        store = self.container.store()
        wallets = await store.ledger.load([history.account_id])
        balance = wallets[history.account_id].balance(self.clock())
        async with store.read() as work:
            orders = (await work.orders.page(history.account_id, PageRequest(limit=100))).items
            paid_by = [
                await work.payments.order_paid_by(SANDBOX, payment_id)
                for payment_id in history.payment_ids
            ]
            standing = None
            if history.subscription_id is not None:
                found = await work.subscriptions.find_at_provider(SANDBOX, history.subscription_id)
                standing = None if found is None else _standing_of(found)
        paid = _paid_orders(orders)
        if not is_final:
            is_too_much = balance > history.balance or len(paid) > len(history.payment_ids)
            return [f"{history.account_id} has {balance}, {paid}"] if is_too_much else []
        first = next(order for order in orders if order.id == history.order.id)
        is_right = (
            balance == history.balance
            and first.status is history.order_status
            and standing == history.standing
            and sorted(map(str, paid_by)) == sorted(map(str, paid))
        )
        if is_right:
            return []
        found = (
            f"{history.account_id}: holds {balance} and not {history.balance}, its order is "
            f"{first.status} and not {history.order_status}, stands {standing} and not "
            f"{history.standing}, orders {paid} were paid, its payments paid {paid_by}; "
            f"told was {history.told}"
        )
        return [found]


def _unheard(what: str, fault: BaseException) -> None:
    """Take an alarm; that events have to wait for others is what these histories are about."""


def _standing_of(found: Any) -> Standing:
    return Standing(
        status=found.status.value,
        period=found.period,
        cancel_at_period_end=found.cancel_at_period_end,
    )


def _paid_orders(orders: Sequence[Order]) -> list[OrderId]:
    return [order.id for order in orders if order.was_paid]


async def tell_histories(
    database_url: str, *, histories: int, seed: int, plant: Plant = _nothing
) -> Histories:
    """Tell histories to a service on an empty store; reconcile; compare with the truth."""
    found = Histories(seed=seed)
    settings = {
        "BILLING_DATABASE_URL": database_url,
        "BILLING_RETURN_ORIGINS": SHOP,
        "BILLING_CURRENCY": "USD",
    }
    container: Any = Container(settings=load_settings(settings))
    shop = _Shop(container=container, random=Random(seed), found=found)
    container.clock.override(shop.clock)
    container.wall_clock.override(shop.clock)
    container.alarm.override(_unheard)
    container.payment_providers.override({SANDBOX: shop.provider})
    plant(container)
    async with container.store():
        await shop.sell(histories)
        await shop.tell()
        found.violations += await shop.differences(is_final=False)
        found.drift = await shop.reconcile()
        again = await shop.reconcile()
        if again:
            found.violations.append(f"reconciling again found {again} differences more")
        found.violations += await shop.differences(is_final=True)
        proved = await container.verify_ledger()(VerifyLedger())
        found.violations += [f"the ledger is broken: {breach}" for breach in proved.breaches]
    return found
