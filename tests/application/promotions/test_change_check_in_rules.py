"""Changing what a check-in earns: versioned, guarded, audited."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from attrs import evolve

from application.promotions.change_check_in_rules import (
    ChangeCheckInRules,
    ChangingCheckInRules,
    ReadCheckInRules,
    ReadingCheckInRules,
)
from domain.errors import InvalidField
from domain.promotions.check_in_rules import CheckInRules, CheckInTerms
from domain.promotions.errors import RulesChangedMeanwhile
from tests.application.shop import ADMIN, Shop


async def changes(shop: Shop, **fields: Any) -> CheckInRules:
    change = ChangingCheckInRules(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)
    of_command = {name: fields.pop(name) for name in ("version", "reason") if name in fields}
    terms = evolve(CheckInTerms(is_enabled=True, base=10, zone="UTC"), **fields)
    return await change(ChangeCheckInRules(terms=terms, actor=ADMIN, **of_command))


async def in_force(shop: Shop) -> CheckInRules:
    return await ReadingCheckInRules(read=shop.store.read, clock=shop.clock)(ReadCheckInRules())


@pytest.mark.parametrize(
    "fields", [{"base": 0}, {"week": (1, 2)}, {"zone": "Nowhere"}, {"award_days": 0}]
)
async def test_rules_that_make_no_sense_are_refused_and_nothing_is_kept(
    shop: Shop, fields: dict[str, Any]
) -> None:
    with pytest.raises(InvalidField):
        await changes(shop, **fields)

    assert (await in_force(shop)).version == 0
    assert len(shop.store.tables.audit_log.main.keys) == 0


async def test_each_change_is_a_new_version_with_an_entry(shop: Shop) -> None:
    await changes(shop, base=10, reason="start")
    await changes(shop, base=20, reason="more")

    rules = await in_force(shop)
    async with shop.store.read() as work:
        newest, oldest = await work.audit_log.of_target("check_in:rules", 10)
    assert (rules.version, rules.base) == (2, 20)
    assert (oldest.reason, newest.reason) == ("start", "more")
    assert "base=10" in newest.before
    assert "base=20" in newest.after


async def test_a_change_of_rules_that_somebody_else_changed_is_refused(shop: Shop) -> None:
    await changes(shop, base=20, version=0)

    with pytest.raises(RulesChangedMeanwhile) as refusal:
        await changes(shop, base=30, version=0)

    assert refusal.value.version == 1
    assert (await in_force(shop)).base == 20


async def test_of_many_changes_of_one_version_at_once_one_succeeds(shop: Shop) -> None:
    outcomes = await asyncio.gather(
        *[changes(shop, base=n + 1, version=0) for n in range(16)], return_exceptions=True
    )

    assert Counter(type(each).__name__ for each in outcomes) == {
        "CheckInRules": 1,
        "RulesChangedMeanwhile": 15,
    }
