"""What names a person, in the database."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import and_, delete, exists, not_, or_, select, tuple_, union, update

from adapters.stores.sql.open_transaction import OpenTransaction
from adapters.stores.sql.tables.credits import holds, ledger_keys, transaction_texts
from adapters.stores.sql.tables.events import deliveries, endpoints, outbox
from adapters.stores.sql.tables.idempotency import answers
from application.ports.idempotency import Caller
from application.ports.privacy import KeptKey, PersonalRecords
from domain.credits.ids import AccountId
from domain.events.delivery import DeliveryStatus
from domain.events.endpoint import EndpointStatus


@frozen
class SqlPersonalRecords(PersonalRecords):
    """Texts and keys of one account, found by what their tables' keys begin with."""

    transaction: OpenTransaction

    async def keys(
        self, account_id: AccountId, after: KeptKey | None, limit: int
    ) -> Sequence[KeptKey]:
        last = ("", "") if after is None else (after.caller.value, after.key)
        both = union(
            *(
                select(table.c.caller, table.c.key).where(
                    table.c.owner == account_id, tuple_(table.c.caller, table.c.key) > last
                )
                for table in (ledger_keys, answers)
            )
        ).subquery()
        query = select(both).order_by(both.c.caller, both.c.key).limit(limit)
        found = await self.transaction.run(query)
        return [KeptKey(caller=Caller(row.caller), key=row.key) for row in found]

    async def erase_texts(self, account_id: AccountId, limit: int) -> int:
        texts = transaction_texts.c
        some = select(texts.seq).where(texts.account_id == account_id).order_by(texts.seq)
        told = [row.seq for row in await self.transaction.run(some.limit(limit))]
        own = and_(texts.account_id == account_id, texts.seq.in_(told))
        await self.transaction.run(delete(transaction_texts).where(own))
        return len(told) + await self._erase_hold_texts(account_id, limit - len(told))

    async def _erase_hold_texts(self, account_id: AccountId, limit: int) -> int:
        column = holds.c
        has_text = or_(column.salt != "", column.description != "", column.metadata != "")
        over = and_(column.account_id == account_id, not_(column.is_open), has_text)
        query = select(column.id).where(over).order_by(column.id).limit(limit)
        ended = [row.id for row in await self.transaction.run(self.transaction.locked(query))]
        bare = update(holds).where(column.account_id == account_id, column.id.in_(ended))
        await self.transaction.run(bare.values(salt="", description="", metadata=""))
        return len(ended)

    async def erase_events(self, account_id: AccountId, limit: int) -> int:
        is_on_its_way = and_(
            deliveries.c.event_id == outbox.c.id,
            deliveries.c.status == DeliveryStatus.WAITING.value,
            endpoints.c.id == deliveries.c.endpoint_id,
            endpoints.c.status == EndpointStatus.ON.value,
        )
        told = and_(
            outbox.c.account_id == account_id, not_(outbox.c.is_new), ~exists().where(is_on_its_way)
        )
        query = select(outbox.c.id).where(told).order_by(outbox.c.id).limit(limit)
        ids = [row.id for row in await self.transaction.run(self.transaction.locked(query))]
        await self.transaction.run(delete(deliveries).where(deliveries.c.event_id.in_(ids)))
        await self.transaction.run(delete(outbox).where(outbox.c.id.in_(ids)))
        return len(ids)

    async def erase_answers(self, account_id: AccountId, limit: int) -> int:
        column = answers.c
        own = and_(column.owner == account_id, not_(column.is_kept_for_ever))
        query = select(column.caller, column.key).where(own).order_by(column.caller, column.key)
        found = await self.transaction.run(self.transaction.locked(query.limit(limit)))
        names = [(row.caller, row.key) for row in found]
        gone = and_(column.owner == account_id, tuple_(column.caller, column.key).in_(names))
        await self.transaction.run(delete(answers).where(gone))
        return len(names)
