"""The figures of the overview, over HTTP."""

from datetime import timedelta

import pytest
from attrs import evolve

from application.figures.count_figures import CountFigures
from domain.subscriptions.subscription import SubscriptionStatus
from tests.support.app import Service
from tests.support.builders.subscriptions import a_subscription


async def _sold(service: Service, number: int, *, is_over: bool) -> None:
    now = service.container.clock()()
    sold = a_subscription(
        group=f"group-{number}",
        provider_subscription_id=f"sub_{number}",
        start_at=now - timedelta(days=40),
        status=SubscriptionStatus.CANCELED if is_over else SubscriptionStatus.ACTIVE,
    )
    async with service.store.begin() as work:
        ended_at = now - timedelta(days=2) if is_over else None
        await work.subscriptions.add(evolve(sold, ended_at=ended_at))
        await work.commit()


async def test_the_overview_says_what_recurs_and_who_was_lost(service: Service) -> None:
    for number in range(3):
        await _sold(service, number, is_over=number == 0)
    await service.container.count_figures()(CountFigures(lines_max=10))

    month = (await service.as_admin().get("/admin/overview")).data
    quarter = (await service.as_admin().get("/admin/overview?days=90")).data

    assert month["recurring"] == {
        "subscriptions": 2,
        "revenue": [{"currency": "USD", "amount": 1980}],
    }
    assert month["churn"] == {
        "subscriptions": {"at_start": 3, "lost": 1, "rate": 3333},
        "recurring": [{"currency": "USD", "at_start": 2970, "lost": 990, "rate": 3333}],
    }
    assert quarter["churn"] == {
        "subscriptions": {"at_start": 0, "lost": 0, "rate": None},
        "recurring": [],
    }


async def test_before_anything_is_counted_it_is_said_that_nothing_was(service: Service) -> None:
    found = (await service.as_admin().get("/admin/overview")).data

    assert (found["standing_on"], found["recurring"], found["churn"]) == (None, None, None)
    assert found["is_complete"] is True


@pytest.mark.parametrize("days", ["31", "0", "", "month"])
async def test_only_the_spans_that_are_counted_can_be_asked_for(
    service: Service, days: str
) -> None:
    answer = await service.as_admin().get(f"/admin/overview?days={days}")

    assert (answer.status, answer.paths) == (400, ["days"])
