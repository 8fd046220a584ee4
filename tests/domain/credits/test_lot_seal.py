"""The digest of a lot: it tells any other terms, and stays the same as the lot is used."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from domain.credits.grant import Category, Cost, GrantSource, Rollover
from domain.credits.ids import GrantId
from domain.credits.lot_seal import lot_seal
from domain.credits.scope import Scope
from tests.domain.credits.test_changed_wallet import LOT
from tests.support.clock import NOON

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "terms",
    [
        {"id": GrantId("lot-9")},
        {"source": GrantSource.MANUAL},
        {"category": Category.INCLUDED},
        {"priority": 4},
        {"effective_at": NOON + HOUR},
        {"expires_at": NOON + timedelta(days=31)},
        {"expires_at": None},
        {"created_at": NOON},
        {"cost": None},
        {"cost": Cost(amount_minor=501, currency="USD")},
        {"cost": Cost(amount_minor=500, currency="EUR")},
        {"scope": Scope(("model:gpt-4o",))},
        {"scope": Scope()},
        {"parent": None},
        {"stood_still": timedelta(0)},
    ],
    ids=str,
)
def test_a_lot_on_other_terms_has_another_seal(terms: dict[str, Any]) -> None:
    assert lot_seal(evolve(LOT, **terms)) != lot_seal(LOT)


@pytest.mark.parametrize(
    "use",
    [
        {"remaining": 20},
        {"pinned": 0},
        {"rolled": 0},
        {"rollover": None},
        {"rollover": Rollover(most=1, until=NOON + timedelta(days=61), pool="month")},
        {"voided_at": None},
        {"frozen_at": None},
        {"is_posted": False},
    ],
    ids=str,
)
def test_a_lot_that_is_used_keeps_its_seal(use: dict[str, Any]) -> None:
    assert lot_seal(evolve(LOT, **use)) == lot_seal(LOT)


def test_the_time_that_a_frozen_lot_is_given_back_leaves_its_seal() -> None:
    thawed = evolve(LOT, voided_at=None).thawed(NOON + 9 * HOUR)

    assert LOT.expires_at is not None
    assert thawed.expires_at == LOT.expires_at + 8 * HOUR
    assert thawed.stood_still == LOT.stood_still + 8 * HOUR
    assert lot_seal(thawed) == lot_seal(LOT)
