"""Put credit packs on sale, replace them, list them."""

from __future__ import annotations

from attrs import evolve, frozen

from application.access.steps.auditing import entry
from application.ports.idempotency import AnswerAbout, RequestKey
from application.ports.paging import Page, PageRequest
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from domain.access.audit import Actor
from domain.subscriptions.catalogue import Pack
from domain.subscriptions.ids import PackId


@frozen(kw_only=True)
class PublishPack:
    """A pack to keep: a new one, whose `id` is then ignored, or a whole replacement."""

    pack: Pack
    is_new: bool
    actor: Actor
    reason: str = ""
    key: RequestKey | None = None


@frozen(kw_only=True)
class PackPublished:
    """The pack as it is kept."""

    pack: Pack
    is_replay: bool = False


@frozen(kw_only=True)
class PublishingPack:
    """Write the pack and the audit entry in one commit.

    Orders keep the price they were sold at. Refusals: InvalidField, PackNotFound.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: PublishPack) -> PackPublished:
        pack = command.pack
        if command.is_new:
            pack = evolve(pack, id=PackId(self.new_id()))
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, AnswerAbout)
                if first is not None:
                    published = await work.packs.get(PackId(first.id))
                    return PackPublished(pack=published, is_replay=True)
                await work.answers.keep(command.key, AnswerAbout(id=pack.id))
            before = None if command.is_new else await work.packs.get(pack.id)
            if before is None:
                await work.packs.add(pack)
            else:
                await work.packs.save(pack)
            await work.audit_log.add(
                entry(
                    self.new_id,
                    self.clock(),
                    command.actor,
                    "pack.create" if command.is_new else "pack.replace",
                    f"pack:{pack.id}",
                    before=before,
                    after=pack,
                    reason=command.reason,
                )
            )
            await work.commit()
        return PackPublished(pack=pack)


@frozen(kw_only=True)
class ListPacks:
    """Ask for a page of packs: those on sale, or all of them."""

    page: PageRequest
    only_on_sale: bool


@frozen(kw_only=True)
class ListingPacks:
    """Read packs in the order they were entered."""

    read: BeginRead

    async def __call__(self, command: ListPacks) -> Page[Pack]:
        async with self.read() as work:
            return await work.packs.page(command.page, only_on_sale=command.only_on_sale)
