"""What happens on dates: trials and pauses end, graces run out, and the provider acts by itself."""

import asyncio
from datetime import timedelta

from application.ports.idempotency import Caller
from application.ports.provider_calls import SubscriptionAction
from application.subscriptions.fulfil_wish import Asked, FulfilWish
from domain.access.audit import Actor
from domain.payments.errors import ProviderRefused
from domain.payments.provider_event import ProviderStatus
from tests.prove.simulation.deeds_of_admins import do_job
from tests.prove.simulation.deeds_of_buyers import deliver_news
from tests.prove.simulation.provider_records import Standing
from tests.prove.simulation.world import World

_AHEAD_MAX = timedelta(days=40)
_ACTIONS = (
    SubscriptionAction.PAUSE,
    SubscriptionAction.RESUME,
    SubscriptionAction.RESUME,
    SubscriptionAction.CANCEL_AT_PERIOD_END,
    SubscriptionAction.UNDO_CANCEL,
)


async def pause_until(world: World) -> None:
    """Pause a subscription until a date."""
    live = _live(world)
    if not live:
        return
    account_id = world.fortune.one_of(live).order.account_id
    resume_at = world.clock() + timedelta(hours=world.fortune.between(1, 600))
    command = FulfilWish(
        asked=Asked.PAUSE,
        account_id=account_id,
        actor=Actor(id=account_id),
        resume_at=resume_at,
        key=world.key(account_id, Caller.USER),
    )
    await world.request("pause until", lambda made: made.fulfil_wish()(command))


async def happen_there(world: World) -> None:
    """Let something be done at the provider by hand: to a trial, or to any subscription."""
    live = _live(world)
    if not live:
        return
    found, fortune = world.fortune.one_of(live), world.fortune
    if found.status is ProviderStatus.TRIALING and fortune.is_likely(0.6):
        if fortune.is_likely(0.6):
            world.books.end_trial(found)
            world.note("by hand", "a trial ends early")
        else:
            world.books.lengthen_trial(found, fortune.between(1, 9))
            world.note("by hand", "a trial ends later")
        return
    action = fortune.one_of(_ACTIONS)
    try:
        world.books.act(found.id, action, f"by-hand-{len(world.books.told)}")
    except ProviderRefused:
        return
    world.note("by hand", action.value)


async def date_comes(world: World) -> None:
    """Let it be the next date that the service waits for, and our job compete with the news."""
    async with world.store.read() as work:
        due = await work.agenda.next_after(world.clock())
    if due is None or due > world.clock() + _AHEAD_MAX:
        return
    world.now += due - world.clock()
    world.books.time_passes(is_paid=world.fortune.is_likely(0.7))
    world.note("a date", "came")
    await asyncio.gather(keep_time(world), deliver_news(world), keep_time(world))


async def keep_time(world: World) -> None:
    """Let the worker do what time alone does to subscriptions."""
    await do_job(world, "subscriptions")


def _live(world: World) -> list[Standing]:
    return [each for each in world.books.standing.values() if each.is_live and not each.is_stray]
