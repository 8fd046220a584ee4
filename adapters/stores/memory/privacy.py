"""What names a person, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from attrs import evolve, frozen

from adapters.stores.memory.kept_rows import KeptAnswer, OutboxRow
from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import HOLD_BY_ACCOUNT
from application.ports.credits import KeyedReceipt
from application.ports.idempotency import Caller
from application.ports.privacy import KeptKey, PersonalRecords
from domain.credits.hold import Hold
from domain.credits.ids import AccountId
from domain.credits.transaction import Transaction, TransactionText
from domain.events.delivery import Delivery
from domain.events.endpoint import Endpoint
from domain.events.ids import EndpointId

_NO_TEXT = TransactionText(salt="")


@frozen(kw_only=True)
class MemoryPersonalRecords(PersonalRecords):
    """Texts and keys of one account, found by going through what it has."""

    transactions: Rows[Transaction]
    holds: Rows[Hold]
    receipts: Rows[KeyedReceipt]
    answers: Rows[KeptAnswer]
    events: Rows[OutboxRow]
    deliveries: Rows[Delivery]
    endpoints: Rows[Endpoint]

    async def keys(
        self, account_id: AccountId, after: KeptKey | None, limit: int
    ) -> Sequence[KeptKey]:
        names = {each.key.name for each in self.receipts.ascending(prefix=(account_id,))}
        names |= {each.key.name for each in self.answers.ascending(prefix=(account_id,))}
        last = ("", "") if after is None else (after.caller.value, after.key)
        later = sorted((caller, key) for _, caller, key in names if (caller, key) > last)
        return [KeptKey(caller=Caller(caller), key=key) for caller, key in later[:limit]]

    async def erase_texts(self, account_id: AccountId, limit: int) -> int:
        lines = self.transactions.ascending(prefix=(account_id,))
        told = list(islice((line for line in lines if line.text is not None), limit))
        for line in told:
            self.transactions.change(evolve(line, text=None))
        own = self.holds.ascending(HOLD_BY_ACCOUNT, prefix=(account_id,))
        over = (hold for hold in own if not hold.is_open and hold.text != _NO_TEXT)
        ended = list(islice(over, limit - len(told)))
        for hold in ended:
            self.holds.change(evolve(hold, text=_NO_TEXT))
        return len(told) + len(ended)

    async def erase_events(self, account_id: AccountId, limit: int) -> int:
        own = (row for row in self.events.ascending() if row.event.account_id == account_id)
        told = list(islice((row for row in own if not self._is_on_its_way(row)), limit))
        for row in told:
            for delivery in list(self.deliveries.ascending(prefix=(row.event.id,))):
                self.deliveries.remove(row.event.id, delivery.endpoint_id)
            self.events.remove(row.event.id)
        return len(told)

    def _is_on_its_way(self, row: OutboxRow) -> bool:
        return row.is_new or any(
            delivery.is_waiting and self._is_on(delivery.endpoint_id)
            for delivery in self.deliveries.ascending(prefix=(row.event.id,))
        )

    def _is_on(self, endpoint_id: EndpointId) -> bool:
        endpoint = self.endpoints.find(endpoint_id)
        return endpoint is not None and endpoint.is_on

    async def erase_answers(self, account_id: AccountId, limit: int) -> int:
        own = self.answers.ascending(prefix=(account_id,))
        some = list(islice((kept for kept in own if not kept.is_kept_for_ever), limit))
        for kept in some:
            self.answers.remove(*kept.key.name)
        return len(some)
