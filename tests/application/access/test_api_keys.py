"""API keys through the use cases: shown once, kept as a digest, revoked for good."""

from typing import Any

import pytest
from attrs import evolve

from application.access.issue_api_key import (
    ApiKeyIssued,
    IssueApiKey,
    IssuingApiKey,
    ListApiKeys,
    ListingApiKeys,
    RevokeApiKey,
    RevokingApiKey,
)
from application.ports.paging import PageRequest
from domain.access.api_key import digest_of, parts_of
from domain.access.errors import ApiKeyNotFound
from domain.access.ids import ApiKeyId
from domain.access.role import Role, Scope
from domain.credits.errors import KeyReused
from domain.errors import InvalidField
from tests.application.shop import ADMIN, Shop
from tests.support.builders.credits import a_key


async def issued(shop: Shop, **fields: Any) -> ApiKeyIssued:
    issue = IssuingApiKey(
        begin=shop.store.begin,
        clock=shop.clock,
        new_id=shop.new_id,
        new_secret=lambda: f"very-secret_{shop.new_id()}",
    )
    usual = IssueApiKey(name="backend", scopes=frozenset({Scope.CREDITS_SPEND}), actor=ADMIN)
    return await issue(evolve(usual, **fields))


def everything_kept(shop: Shop) -> str:
    tables = shop.store.tables
    rows: list[object] = [
        *tables.api_keys.main.values.values(),
        *tables.answers.main.values.values(),
        *tables.audit_log.main.values.values(),
    ]
    return "".join(map(str, rows))


@pytest.mark.parametrize(
    "fields", [{"name": " "}, {"scopes": frozenset()}, {"role": Role.OWNER}, {"spend_max": 0}]
)
async def test_a_key_that_makes_no_sense_is_refused(shop: Shop, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidField):
        await issued(shop, **fields)

    assert everything_kept(shop) == ""


async def test_a_key_is_shown_once_and_its_secret_is_kept_nowhere(shop: Shop) -> None:
    answer = await issued(shop, key=a_key())

    assert answer.secret is not None
    parts = parts_of(answer.secret)
    assert parts is not None
    assert parts[0] == answer.api_key.id
    assert parts[1].startswith("very-secret_")
    assert answer.api_key.digest == digest_of(parts[1])
    kept = everything_kept(shop)
    assert "very-secret" not in kept
    assert answer.api_key.digest.hex() not in kept


async def test_a_repeat_has_no_secret_and_makes_no_second_key(shop: Shop) -> None:
    key = a_key()
    first = await issued(shop, key=key)

    again = await issued(shop, key=key)

    assert (again.api_key, again.secret, again.is_replay) == (first.api_key, None, True)
    assert len(shop.store.tables.api_keys.main.keys) == 1
    with pytest.raises(KeyReused):
        await issued(shop, key=evolve(key, fingerprint="another"))


async def test_keys_are_listed_newest_first_revoked_ones_included(shop: Shop) -> None:
    keys = [(await issued(shop, name=f"key {n}")).api_key for n in range(3)]
    revoke = RevokingApiKey(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)

    revoked = await revoke(RevokeApiKey(key_id=keys[1].id, actor=ADMIN))

    page = await ListingApiKeys(read=shop.store.read)(ListApiKeys(page=PageRequest()))
    assert page.items == (keys[2], revoked, keys[0])
    assert revoked.revoked_at == shop.clock()


async def test_revoking_again_changes_nothing_and_makes_no_second_entry(shop: Shop) -> None:
    key = (await issued(shop)).api_key
    revoke = RevokingApiKey(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)
    first = await revoke(RevokeApiKey(key_id=key.id, actor=ADMIN))
    shop.clock.advance(days=1)

    again = await revoke(RevokeApiKey(key_id=key.id, actor=ADMIN))

    assert again == first
    async with shop.store.read() as work:
        entries = await work.audit_log.of_target(f"api_key:{key.id}", 10)
    assert [entry.action for entry in entries] == ["api_key.revoke", "api_key.issue"]


async def test_an_unknown_key_cannot_be_revoked(shop: Shop) -> None:
    revoke = RevokingApiKey(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)

    with pytest.raises(ApiKeyNotFound):
        await revoke(RevokeApiKey(key_id=ApiKeyId("unknown"), actor=ADMIN))
