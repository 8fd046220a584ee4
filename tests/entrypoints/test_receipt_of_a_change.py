"""The receipt of a change of plan says how its sum comes about, as the preview did."""

from application.payments.read_receipt import ReadingReceipt, ReadReceipt
from application.ports.papers import Amount
from domain.payments.ids import OrderId
from entrypoints.http.receipt_paper import paper_of
from entrypoints.settings_for_customers import Seller
from tests.entrypoints.test_plan_change_story import SOMEBODY, changes, offers
from tests.entrypoints.year import Town, a_town


async def test_the_receipt_of_a_change_shows_both_plans_and_their_difference() -> None:
    async with a_town("memory://") as town:
        starter = await offers(town, "Starter", 990, 1000)
        pro = await offers(town, "Pro", 2990, 5000)
        await town.goes(to="2026-04-01T00:00:00Z")
        await town.buys(SOMEBODY, type="subscription", plan_id=starter, interval="monthly")
        await town.goes(to="2026-04-10T20:30:00Z")
        await changes(town, pro, "monthly")

        lines, sums = await newest_receipt(town)

    assert lines == [
        Amount(
            label="Pro",
            detail="For 20 days 3 hours 30 minutes of 30 days, 3,357 credits",
            amount="US$20.08",
        ),
        Amount(
            label="Starter",
            detail="Unused, 20 days 3 hours 30 minutes of 30 days, −671 credits",
            amount="−US$6.64",
        ),
    ]
    assert sums == [("Subtotal", "US$13.44"), ("Paid", "US$13.44")]


async def test_the_receipt_of_a_change_to_a_year_shows_the_whole_year() -> None:
    async with a_town("memory://") as town:
        starter = await offers(town, "Starter", 990, 1000)
        await town.goes(to="2026-06-01T00:00:00Z")
        await town.buys(SOMEBODY, type="subscription", plan_id=starter, interval="monthly")
        await town.goes(to="2026-06-16T00:00:00Z")
        await changes(town, starter, "yearly")

        lines, sums = await newest_receipt(town)

    assert lines == [
        Amount(label="Starter", detail="Billed yearly, 1,000 credits", amount="US$99.00"),
        Amount(
            label="Starter", detail="Unused, 15 days of 30 days, −500 credits", amount="−US$4.95"
        ),
    ]
    assert sums == [("Subtotal", "US$94.05"), ("Paid", "US$94.05")]


async def newest_receipt(town: Town) -> tuple[list[Amount], list[tuple[str, str]]]:
    """Return the lines and the sums of the receipt that was issued last."""
    orders = (await town.as_user(SOMEBODY).get("/orders?limit=100")).data
    order_id = OrderId(max(orders, key=lambda order: str(order["receipt_number"]))["id"])
    found = await ReadingReceipt(read=town.container.read())(ReadReceipt(order_id=order_id))
    paper = paper_of(found, Seller(), public_url="https://billing.example", is_live=False)
    return list(paper.lines), [(each.label, each.amount) for each in paper.sums]
