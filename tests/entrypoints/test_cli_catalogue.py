"""`billing plans`: pulled, compared in words, pushed once, refused with the path in the file."""

import json
from pathlib import Path
from typing import Any

import pytest

from application.access.list_audit import ListAudit
from application.ports.access import AuditFilter
from application.ports.paging import PageRequest
from entrypoints.commands.catalogue import diff, pull, push
from entrypoints.commands.catalogue_file import catalogue_of
from entrypoints.commands.migrate import migrate_store
from entrypoints.commands.refusals import CommandRefused
from entrypoints.container import Container
from entrypoints.settings import Settings, load_settings

CATALOGUE: dict[str, Any] = {
    "plans": [
        {
            "name": "Pro",
            "group": "main",
            "price_monthly": 999,
            "credits_included": 10000,
            "currency": "EUR",
        },
        {
            "name": "Free",
            "group": "main",
            "price_monthly": 0,
            "credits_included": 100,
            "currency": "EUR",
        },
    ],
    "packs": [{"name": "Small", "credits": 500, "price": 499, "currency": "EUR"}],
    "coupons": [{"code": "WELCOME", "percent_off": 25}],
    "rates": {
        "rounding": "up",
        "rates": [{"model": "gpt-4o", "kind": "input", "credits": "2.5", "per": 1000}],
    },
    "check_in": {"enabled": True, "base": 10, "zone": "Europe/Berlin", "award_days": 30},
}


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    """Settings of an SQLite store that has this version's schema."""
    settings = load_settings({"BILLING_DATABASE_URL": f"sqlite:///{tmp_path}/billing.db"})
    await migrate_store(settings)
    return settings


def written(folder: Path, said: object) -> Path:
    file = folder / "catalogue.json"
    file.write_text(json.dumps(said), encoding="utf-8")
    return file


async def test_what_is_pushed_is_pulled_again_and_changes_nothing_then(
    settings: Settings, tmp_path: Path
) -> None:
    file = written(tmp_path, CATALOGUE)

    first = await push(settings, None, file)
    second = await push(settings, None, file)
    pulled = await pull(settings, None)

    assert [change.said for change in first.changes] == [
        "plan 'Free / main': new",
        "plan 'Pro / main': new",
        "pack 'Small': new",
        "coupon 'WELCOME': new",
        "rates: gpt-4o input none → 2.5 per 1000",
        'check-in: enabled false → true, zone "UTC" → "Europe/Berlin"',
    ]
    assert second.changes == []
    file.write_text(pulled, encoding="utf-8")
    compared = await diff(settings, None, file)
    assert (compared.changes, compared.left_alone) == ([], [])
    assert await pull(settings, None) == pulled


async def test_a_difference_is_told_in_words_and_is_in_the_audit_log_once_made(
    settings: Settings, tmp_path: Path
) -> None:
    await push(settings, None, written(tmp_path, CATALOGUE))
    plans = [{**CATALOGUE["plans"][0], "price_monthly": 1099, "on_sale": False}]
    coupons = [{"code": "WELCOME", "percent_off": 50}]
    file = written(tmp_path, {**CATALOGUE, "plans": plans, "coupons": coupons})

    compared = await diff(settings, None, file)
    again = await diff(settings, None, file)
    await push(settings, None, file)

    assert [change.said for change in compared.changes] == [
        "plan 'Pro / main': price_monthly 999 → 1099, on_sale true → false",
        "coupon 'WELCOME': percent_off 25 → 50",
    ]
    assert [change.said for change in again.changes] == [c.said for c in compared.changes]
    assert compared.left_alone == ["plan 'Free / main' is not in the file and stays as it is"]
    container = Container(settings=settings)
    async with container.store():
        listed = ListAudit(where=AuditFilter(), page=PageRequest(limit=2))
        noted = (await container.list_audit()(listed)).items
    assert [(entry.action, entry.reason) for entry in noted] == [
        ("coupon.replace", "billing plans push"),
        ("plan.replace", "billing plans push"),
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"plans": [{"name": "Pro"}]}, r"plans\[0\]\.price_monthly: "),
        ({"plans": {}}, "plans: must be a list"),
        ({"packs": [7]}, r"packs\[0\]: must be an object"),
        ({"packs": CATALOGUE["packs"] * 2}, r"packs\[1\]: there is another 'Small'"),
        ({"coupons": [{"code": "A-B", "percent_off": 101}]}, r"coupons\[0\]\.percent_off: "),
        ({"coupons": [{"code": "WELCOME"}]}, r"coupons\[0\]\.percent_off: give exactly one"),
        ({"rates": {"rounding": "up", "rates": [{}]}}, r"rates\.rates\[0\]\.model: "),
        ({"check_in": {"enabled": True}}, r"check_in\.base: "),
        ({"colours": []}, "colours: is not a part"),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused_with_the_path_in_it(
    change: dict[str, Any], problem: str
) -> None:
    with pytest.raises(CommandRefused, match=problem):
        catalogue_of({**CATALOGUE, **change})


async def test_nothing_of_a_file_with_a_fault_is_pushed(settings: Settings, tmp_path: Path) -> None:
    before = await pull(settings, None)
    file = written(tmp_path, {**CATALOGUE, "packs": [{"name": "Small"}]})

    with pytest.raises(CommandRefused, match="packs"):
        await push(settings, None, file)

    assert await pull(settings, None) == before
