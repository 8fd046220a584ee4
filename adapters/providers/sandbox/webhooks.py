"""The sandbox's webhooks on their way: kept with what they tell about, sent until they arrive."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import evolve, field, frozen

from adapters.providers.sandbox.delivery import Post, Undelivered
from adapters.providers.sandbox.events import EventData, Outgoing, written
from adapters.providers.sandbox.records import WEBHOOK, WebhookState, state_of
from adapters.providers.sandbox.signature import HEADER, secrets_given, sign
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork

BATCH = 100

# Longer than a post can take: nobody else sends a webhook that is being sent.
_CLAIM = timedelta(seconds=30)
_TURN = timedelta(seconds=2)
_WAIT_MAX = timedelta(minutes=5)


async def keep_webhook(work: UnitOfWork, purchase: str, event: Outgoing, now: datetime) -> str:
    """Keep an event about a purchase to be sent from now on, and return the id to send it by.

    Of one purchase, `created_at` must rise with every event: they are sent in that order.
    """
    # Ids of one purchase sort by their instants.
    place = f"{purchase}/{event.created_at.isoformat(timespec='microseconds')}"
    webhook = WebhookState(id=place, event=written(event))
    await work.sandbox.put(webhook.record(now))
    return webhook.id


@frozen(kw_only=True)
class SandboxWebhooks:
    """Tells the service what happened, in order, signed like any provider's webhooks.

    A webhook is recorded in the unit of work that makes it true, and is sent after the commit;
    one that is not taken is sent again, later each time, for ever. Those about one purchase are
    sent in the order they were recorded: a later one waits for the one before.

    Deliveries go by `wall_clock`, the real time: they are traffic, not billing, and a billing
    clock that jumps or stands still must neither hurry nor hold them up.
    """

    begin: BeginWork
    read: BeginRead
    post: Post
    secrets: tuple[str, ...] = field(repr=False, validator=secrets_given)
    wall_clock: Clock
    new_id: NewId
    alarm: Alarm

    async def record(
        self, work: UnitOfWork, purchase: str, told_at: datetime, type: str, data: EventData
    ) -> str:
        """Keep an event about a purchase, and return the id to send it by once that is committed.

        Of one purchase, `told_at` must rise with every event.
        """
        event = Outgoing(id=f"evt_{self.new_id()}", type=type, created_at=told_at, data=data)
        return await keep_webhook(work, purchase, event, self.wall_clock())

    async def send(self, id: str) -> None:
        """Send a webhook now if it is due and its turn has come; else it is sent later."""
        claimed = await self._claim(id)
        if claimed is not None:
            await self._sent(claimed)

    async def send_due(self) -> int:
        """Send what is due, the longest due first, and return how much arrived.

        The first that does not arrive ends this round: most likely no other one would.
        """
        async with self.read() as work:
            due = await work.sandbox.due(WEBHOOK, self.wall_clock(), BATCH)
        arrived = 0
        for record in due:
            claimed = await self._claim(record.id)
            if claimed is None:
                continue
            if not await self._sent(claimed):
                break
            arrived += 1
        return arrived

    async def _claim(self, id: str) -> WebhookState | None:
        """Take a webhook for sending, or return None if that is not ours to do now."""
        async with self.begin() as work:
            record = await work.sandbox.get(WEBHOOK, id)
            now = self.wall_clock()
            if record is None or record.due_at is None or record.due_at > now:
                return None
            webhook = state_of(record, WebhookState)
            purchase, _, _ = id.rpartition("/")
            (first,) = await work.sandbox.of_kind(WEBHOOK, f"{purchase}/", 1)
            is_next = first.id == id
            await work.sandbox.put(webhook.record(now + (_CLAIM if is_next else _TURN)))
            await work.commit()
        return webhook if is_next else None

    async def _sent(self, webhook: WebhookState) -> bool:
        try:
            await self._posted(webhook.event.encode())
        except Undelivered as fault:
            await self._put_off(webhook, fault)
            return False
        async with self.begin() as work:
            await work.sandbox.remove(WEBHOOK, webhook.id)
            await work.commit()
        return True

    async def _posted(self, body: bytes) -> None:
        # Signed anew on every try: a signature is only believed for minutes.
        signature = sign(body, self.secrets, self.wall_clock())
        headers = {"content-type": "application/json", HEADER: signature}
        status = await self.post(body, headers)
        if not 200 <= status < 300:
            raise Undelivered(f"answered with status {status}")

    async def _put_off(self, webhook: WebhookState, fault: Undelivered) -> None:
        failed = evolve(webhook, tries=webhook.tries + 1)
        wait = min(timedelta(seconds=2 ** min(failed.tries, 10)), _WAIT_MAX)
        async with self.begin() as work:
            await work.sandbox.put(failed.record(self.wall_clock() + wait))
            await work.commit()
        self.alarm(f"sandbox webhook {webhook.id} is sent again in {wait.seconds} s", fault)
