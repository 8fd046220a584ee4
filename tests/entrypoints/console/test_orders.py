"""What an order brought, as the console and its file say it."""

from attrs import evolve

from domain.payments.order import OrderType
from domain.period import Interval
from domain.subscriptions.change import ChangeStatus
from tests.entrypoints.console.browser import Browser
from tests.entrypoints.good_plan_changes import subscribed
from tests.support.app import Service
from tests.support.builders.payments import an_order, an_order_line
from tests.support.builders.plan_changes import a_change


async def test_an_order_for_a_change_of_plan_says_what_the_change_brought(
    service: Service, owner: Browser
) -> None:
    sold, _ = await subscribed(service, "team")
    line = evolve(an_order_line(credits=0), name="Pro: change of plan")
    order = evolve(an_order(line=line), subscription_id=sold.id)
    change = a_change(sold, status=ChangeStatus.APPLIED, credits=2000, order_id=order.id)
    async with service.store.begin() as work:
        await work.orders.add(order)
        await work.plan_changes.add(change)
        await work.commit()

    page = await owner.get("/order", id=order.id)
    file = await owner.get("/orders/export")

    assert "Change of plan Pro to Max: +2,000 credits at once" in page.text
    assert "Credits 0" not in page.text
    [row] = [line.split(",") for line in file.html.splitlines() if line.startswith(order.id)]
    head = file.html.lstrip("\ufeff").splitlines()[0].split(",")
    assert row[head.index("credits")] == ""


async def test_an_order_for_a_plan_says_its_credits_a_month(
    service: Service, owner: Browser
) -> None:
    line = an_order_line(type=OrderType.SUBSCRIPTION, interval=Interval.YEARLY, credits=1000)
    order = an_order(line=line)
    async with service.store.begin() as work:
        await work.orders.add(order)
        await work.commit()

    page = await owner.get("/order", id=order.id)

    assert "Credits 1,000 a month" in page.text
    assert "Change of plan" not in page.text
