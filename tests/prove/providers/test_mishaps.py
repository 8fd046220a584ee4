"""Every mishap on every call of a purchase and its refund: nothing lost, nothing done twice."""

import asyncio

import pytest

from tests.prove.conftest import Say
from tests.providers.goods import HASTY
from tests.providers.hardships import hardship
from tests.providers.mishaps import SLOW, Mishap


@pytest.mark.parametrize("after", [False, True], ids=["unheard", "done"])
@pytest.mark.parametrize("provider", HASTY)
async def test_what_failed_is_made_good_by_the_same_request_and_done_once(
    provider: str, after: bool, say: Say
) -> None:
    quick = [each for each in Mishap if each not in SLOW]
    wrong = {each: await hardship(provider, each, after=after) for each in quick}
    # These are waited for: together, as nothing else happens meanwhile.
    waited = await asyncio.gather(*(hardship(provider, each, after=after) for each in SLOW))
    wrong |= dict(zip(SLOW, waited, strict=True))

    say(f"{len(wrong)} mishaps on each of three calls")
    assert {each: found for each, found in wrong.items() if found} == {}
