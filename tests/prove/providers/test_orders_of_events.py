"""Every order of up to six events of every story, with repeats in between, at both providers."""

from tests.prove.conftest import Say
from tests.prove.providers.shares import OrdersShare, all_done, tell_orders
from tests.providers.goods import HASTY
from tests.providers.orders_of_events import STORIES
from tests.races.seeds import seed_of_commit

EVERY = 720
"""So many orders six events have."""


async def test_every_order_of_up_to_six_events_ends_the_same(say: Say) -> None:
    shares = [
        OrdersShare(provider=provider, story=story, seed=seed_of_commit(), at_most=EVERY)
        for provider in HASTY
        for story in STORIES
    ]

    done = await all_done(tell_orders, shares)

    for share, found in done:
        say(f"{share}: {found}")
    assert {str(share): found.wrong for share, found in done if found.wrong} == {}
