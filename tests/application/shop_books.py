"""What there is to see in the books of a shop."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import attrs
from attrs import Factory, define

from adapters.stores.memory.store import MemoryStore
from adapters.stores.memory.table import Table
from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from application.payments.list_orders import InspectingOrder, InspectOrder, OrderInspected
from domain.access.audit import AuditEntry
from domain.credits.grant import Grant
from domain.credits.ids import AccountId
from domain.credits.transaction import Transaction
from domain.credits.wallet import Wallet
from domain.payments.ids import OrderId
from domain.payments.inbox import InboxEvent
from domain.payments.order import Order
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import CouponCode, code_key
from domain.promotions.redemption import Redemption
from domain.subscriptions.subscription import Subscription
from tests.support.builders.credits import SOMEBODY, spent
from tests.support.clock import SettableClock
from tests.support.fake_provider import MarionetteProvider


@define(kw_only=True)
class ShopBooks:
    """The store, the clock and the provider of a shop, and everything that is kept there."""

    store: MemoryStore = Factory(MemoryStore)
    clock: SettableClock = Factory(SettableClock)
    provider: MarionetteProvider = Factory(MarionetteProvider)

    async def event(self, event_id: str) -> InboxEvent:
        async with self.store.begin() as work:
            return await work.inbox.take(self.provider.channel, event_id)

    async def order(self, order_id: OrderId) -> Order:
        async with self.store.read() as work:
            return await work.orders.find(order_id)

    def orders(self) -> Sequence[Order]:
        return list(self.store.tables.orders.main.values.values())

    def kept(self) -> Mapping[str, object]:
        """Return everything the store holds, to be compared with what it holds later.

        That the providers were compared with is left out: it is noted however little was found.
        """
        tables = cast("dict[str, Table[Any]]", attrs.asdict(self.store.tables, recurse=False))
        del tables["reconciliations"]
        return {name: dict(table.main.values) for name, table in tables.items()}

    def audited(self) -> Sequence[AuditEntry]:
        return list(self.store.tables.audit_log.main.values.values())

    def payments(self) -> int:
        return len(self.store.tables.payments.main.keys)

    async def coupon(self, code: str) -> Coupon:
        async with self.store.read() as work:
            found = await work.coupon_codes.find(code_key(code))
            assert found is not None
            return await work.coupons.find(found.coupon_id)

    async def code(self, code: str) -> CouponCode:
        async with self.store.read() as work:
            found = await work.coupon_codes.find(code_key(code))
        assert found is not None
        return found

    async def use_of(self, order: Order) -> Redemption:
        async with self.store.read() as work:
            (found,) = await work.redemptions.of_order(order.id)
        return found

    def subscriptions(self) -> Sequence[Subscription]:
        return list(self.store.tables.subscriptions.main.values.values())

    async def balance(self, account_id: AccountId = SOMEBODY) -> int:
        wallet = (await self.store.ledger.load([account_id]))[account_id]
        return wallet.balance(self.clock())

    async def inspected(self, order: Order) -> OrderInspected:
        """Return an order with all that became of its money."""
        return await InspectingOrder(read=self.store.read)(InspectOrder(order_id=order.id))

    async def wallet(self, account_id: AccountId = SOMEBODY) -> Wallet:
        return (await self.store.ledger.load([account_id]))[account_id]

    async def spends(self, amount: int, account_id: AccountId = SOMEBODY) -> None:
        """Let the product spend credits of an account."""
        async with self.store.begin() as work:
            wallet = await work.wallets.take(account_id)
            await work.wallets.save(spent(wallet, amount, now=self.clock()))
            await work.commit()

    async def grants(self, account_id: AccountId = SOMEBODY) -> Sequence[Grant]:
        return (await self.store.records.wallet_and_grants(account_id))[1]

    async def lines(self, account_id: AccountId = SOMEBODY) -> Sequence[Transaction]:
        return await self.store.records.lines(account_id, 0, 10_000)

    async def is_proved(self) -> bool:
        """Say whether the whole ledger keeps every rule."""
        return not (await VerifyingLedger(records=self.store.records)(VerifyLedger())).breaches
