"""`billing reconcile` after a long outage: more differences than are listed, all of them judged."""

from collections.abc import Sequence

import pytest

from domain.access.role import Role
from domain.payments.reconciliation import DRIFT_KEPT_MAX
from entrypoints.commands.reconcile import Differences, Wanted, reconcile
from entrypoints.commands.show import show_differences
from entrypoints.settings import load_settings
from tests.support.app import LOGIN, VARIABLES, Service
from tests.support.builders.payments import an_order
from tests.support.signing_provider import paid_event

MANY = DRIFT_KEPT_MAX + 20


async def outage(service: Service, *, unpayable: Sequence[int] = ()) -> None:
    """Let many payments' webhooks get lost; some are of orders that nobody placed."""
    orders = [an_order() for _ in range(MANY)]
    async with service.store.begin() as work:
        for number, order in enumerate(orders):
            if number not in unpayable:
                await work.orders.add(order)
        await work.commit()
    service.provider.undelivered += [
        paid_event(order.id, net_minor=500, event_id=f"evt_{number}")
        for number, order in enumerate(orders)
    ]


async def asked(service: Service, *, is_to_be_applied: bool) -> Differences:
    """Have the command ask the running service, as it does where that holds the store."""
    settings = load_settings({**VARIABLES, "BILLING_PORT": str(service.client.port)})
    credential = LOGIN.admin("admin-1", Role.OWNER, ttl_s=600)
    wanted = Wanted(channel=None, since=None, is_to_be_applied=is_to_be_applied)
    return await reconcile(settings, credential, wanted)


async def test_where_all_of_very_many_were_mended_nothing_is_left(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    await outage(service)

    shown = await asked(service, is_to_be_applied=False)
    show_differences(shown)
    said_before = capsys.readouterr().out
    mended = await asked(service, is_to_be_applied=True)
    show_differences(mended)
    said = capsys.readouterr().out

    assert (shown.open, shown.is_clean) == (MANY, False)
    assert f"{MANY:,} differences: 0 mended, {MANY:,} proposed, 0 for a person" in said_before
    assert "--apply mends what is proposed" in said_before
    assert (mended.mended, mended.total, len(mended.drift)) == (MANY, MANY, DRIFT_KEPT_MAX)
    assert mended.is_clean
    assert f"{MANY:,} differences: {MANY:,} mended, 0 proposed, 0 for a person" in said
    assert "--apply" not in said


async def test_one_for_a_person_that_is_not_listed_any_more_is_left_to_do(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    # Whatever the order in which the provider lists its events, one of these comes last.
    await outage(service, unpayable=(0, MANY - 1))

    found = await asked(service, is_to_be_applied=True)
    show_differences(found)

    assert (found.mended, found.needs_person, found.is_clean) == (MANY - 2, 2, False)
    assert "2 for a person" in capsys.readouterr().out
