"""API keys: what they are made of, what is kept of them, and what opens."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.access.api_key import digest_of, parts_of, written
from domain.access.ids import ApiKeyId
from domain.access.role import Right, Role, Scope
from domain.amount import AMOUNT_MAX
from domain.errors import InvalidField
from tests.support.builders.access import an_api_key
from tests.support.clock import NOON

URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
NOT_KEYS = (
    "",
    "_",
    "bk",
    "bk_",
    "bk__",
    "bk_id",
    "bk_id_",
    "bk__secret",
    "sk_id_secret",
    "BK_id_secret",
    " bk_id_secret",
    "bk-id-secret",
    "bk_id_sec\nret",
    "bk_id_secret\0",
    "bk_\ud800_secret",
    "bk_id_geheimä",
)


@pytest.mark.parametrize("key", NOT_KEYS, ids=ascii)
def test_what_is_no_key_has_no_parts(key: str) -> None:
    assert parts_of(key) is None


@given(secret=st.text(URL_SAFE, min_size=1, max_size=64))
def test_a_written_key_comes_apart_again(secret: str) -> None:
    key_id = ApiKeyId("019bb7a0-0000-7000-8000-000000000001")

    assert parts_of(written(key_id, secret)) == (key_id, secret)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": " \t"}, "name"),
        ({"scopes": frozenset()}, "scopes"),
        ({"role": Role.OWNER}, "scopes"),
        ({"spend_max": 0}, "spend_max"),
        ({"spend_max": True}, "spend_max"),
        ({"spend_max": AMOUNT_MAX + 1}, "spend_max"),
        ({"spend_max_per_day": -1}, "spend_max_per_day"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        evolve(an_api_key(), **changes)

    assert refusal.value.path == path


def test_only_a_digest_of_the_secret_is_kept_and_never_shown() -> None:
    key = an_api_key(secret="open sesame")

    assert key.digest == hashlib.sha256(b"open sesame").digest() == digest_of("open sesame")
    assert "digest" not in repr(key)
    assert "open sesame" not in repr(key)


def test_a_key_opens_for_its_own_secret_until_it_is_revoked() -> None:
    key = an_api_key(secret="open sesame")

    assert key.opens_for("open sesame")
    assert not key.opens_for("open sesam")
    assert not key.opens_for("")
    assert not key.revoked(NOON).opens_for("open sesame")


def test_the_first_revocation_stands() -> None:
    revoked = an_api_key().revoked(NOON)

    assert revoked.revoked(NOON + timedelta(days=1)) == revoked


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        (Role.VIEWER, {Right.READ}),
        (Role.OPERATOR, {Right.READ, Right.SELL}),
        (Role.TREASURER, {Right.READ, Right.CREDIT}),
        (Role.OWNER, set(Right)),
    ],
)
def test_a_role_includes_exactly_these_rights(role: Role, rights: set[Right]) -> None:
    assert {right for right in Right if role.may(right)} == rights


def test_scopes_are_spelt_as_published() -> None:
    assert {scope.value for scope in Scope} == {
        "credits:read",
        "credits:spend",
        "credits:grant",
        "orders:read",
        "checkout:create",
        "checkin:create",
        "sessions:create",
        "accounts:write",
    }
