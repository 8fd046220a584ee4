"""What pages say of lots: where they came from, what they are for, what lives on."""

from tests.entrypoints.console.browser import Browser
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY

# Written out once more, apart from the pages: a right that is loosened by mistake fails here.


async def test_an_explained_balance_and_line_lead_to_the_order_that_brought_the_lot(
    service: Service, owner: Browser
) -> None:
    paid = await service.paid()
    (line,) = (await service.as_user().get("/credits/transactions")).data

    for page in (
        await owner.get("/customer/balance", account=SOMEBODY),
        await owner.get("/transaction", account=SOMEBODY, id=line["id"]),
    ):
        assert f'href="/console/order?id={paid.id}">order {paid.id}</a>' in page.html, page.text


async def test_a_lot_says_what_it_is_for_and_what_of_it_lives_on(
    service: Service, owner: Browser
) -> None:
    lot = {
        "account_id": SOMEBODY,
        "amount": 1500,
        "priority": 5,
        "expires_at": "2126-03-01T00:00:00Z",
        "scope": ["feature:images", "model:gpt-4*"],
        "rollover": {"max": 100, "until": "2126-04-01T00:00:00Z"},
        "reason": "For pictures",
    }
    await service.as_admin().post("/admin/credits/grants", lot, key="pictures")
    await service.give(500)

    customer = await owner.get("/customer", account=SOMEBODY)
    explained = await owner.get("/customer/balance", account=SOMEBODY)
    lines = (await service.as_user().get("/credits/transactions")).data
    first = await owner.get("/transaction", account=SOMEBODY, id=lines[-1]["id"])

    for page in (customer, explained, first):
        assert "only for feature:images, model:gpt-4*" in page.text, page.text
    for page in (customer, explained):
        assert "up to 100 live on until 1 Apr 2126, 00:00 UTC" in page.text, page.text
    assert "Frozen" not in customer.text
    lots = customer.text.split("Cause")[1]
    assert lots.index("1,500") < lots.index("Burns next") < lots.index("500 of 500")


async def test_numbers_stand_before_the_word_they_take(service: Service, owner: Browser) -> None:
    await service.give(500)
    one = await owner.get("/customer/balance", account=SOMEBODY)
    await service.give(20)
    two = await owner.get("/customer/balance", account=SOMEBODY)

    assert "Added up from 1 transaction, as of" in one.text
    assert "Added up from 2 transactions, as of" in two.text
