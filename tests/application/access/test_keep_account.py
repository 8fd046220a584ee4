"""Profiles: kept as the backend says, noted from tokens without ever refusing a sign-in."""

from datetime import timedelta

import pytest

from application.access.keep_account import (
    KeepAccount,
    KeepingAccount,
    NoteProfile,
    NotingProfile,
    ReadAccount,
    ReadingAccount,
)
from domain.access.account import Account
from domain.access.errors import AccountNotFound, ZoneChangedLately
from domain.errors import BillingError, InvalidField
from tests.application.shop import Shop
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import NOON


async def keeps(shop: Shop, email: str | None, zone: str | None) -> Account:
    keep = KeepingAccount(begin=shop.store.begin, clock=shop.clock)
    return await keep(KeepAccount(account_id=SOMEBODY, email=email, zone=zone))


async def notes(shop: Shop, email: str | None, zone: str | None) -> Account | None:
    note = NotingProfile(begin=shop.store.begin, read=shop.store.read, clock=shop.clock)
    await note(NoteProfile(account_id=SOMEBODY, email=email, zone=zone))
    async with shop.store.read() as work:
        return await work.accounts.find(SOMEBODY)


async def test_an_unknown_account_is_not_found(shop: Shop) -> None:
    with pytest.raises(AccountNotFound):
        await ReadingAccount(read=shop.store.read)(ReadAccount(account_id=SOMEBODY))


@pytest.mark.parametrize(
    ("email", "zone", "refusal"),
    [
        ("nonsense", None, InvalidField),
        ("a@b", "Nowhere", InvalidField),
        ("a@b", "Asia/Tokyo", ZoneChangedLately),
        ("a@b", None, ZoneChangedLately),
    ],
)
async def test_a_refused_profile_changes_nothing(
    shop: Shop, email: str, zone: str | None, refusal: type[BillingError]
) -> None:
    before = await keeps(shop, "first@example.com", "Europe/Berlin")

    with pytest.raises(refusal):
        await keeps(shop, email, zone)

    read = ReadingAccount(read=shop.store.read)
    assert await read(ReadAccount(account_id=SOMEBODY)) == before


async def test_a_profile_is_set_as_a_whole(shop: Shop) -> None:
    await keeps(shop, "a@example.com", "Europe/Berlin")
    shop.clock.advance(days=30)

    after = await keeps(shop, None, "Asia/Tokyo")

    assert (after.email, after.zone, after.created_at) == (None, "Asia/Tokyo", NOON)


async def test_what_a_token_says_is_taken_up(shop: Shop) -> None:
    noted = await notes(shop, "a@example.com", "Europe/Berlin")

    assert noted is not None
    assert (noted.email, noted.zone, noted.zone_changed_at) == (
        "a@example.com",
        "Europe/Berlin",
        NOON,
    )


async def test_a_token_that_says_nothing_makes_no_profile(shop: Shop) -> None:
    assert await notes(shop, None, None) is None
    assert await notes(shop, "nonsense", "Nowhere") is None


async def test_a_token_that_says_nothing_new_clears_nothing(shop: Shop) -> None:
    first = await notes(shop, "a@example.com", "Europe/Berlin")
    shop.clock.advance(hours=1)

    assert await notes(shop, None, None) == first
    assert await notes(shop, "a@example.com", "Europe/Berlin") == first


async def test_signing_in_does_not_fail_for_a_zone_that_may_not_change_yet(shop: Shop) -> None:
    await notes(shop, "a@example.com", "Europe/Berlin")

    noted = await notes(shop, "b@example.com", "Asia/Tokyo")

    assert noted is not None
    assert (noted.email, noted.zone) == ("b@example.com", "Europe/Berlin")
    shop.clock.now = NOON + timedelta(days=30)
    moved = await notes(shop, None, "Asia/Tokyo")
    assert moved is not None
    assert moved.zone == "Asia/Tokyo"


async def test_signing_in_does_not_fail_for_nonsense(shop: Shop) -> None:
    first = await notes(shop, "a@example.com", "Europe/Berlin")

    assert await notes(shop, "b@\0", "../../etc/passwd") == first
