"""Receipts over HTTP: who may read them, what they say, and that they follow the money."""

import pytest
from attrs import evolve

from application.payments.read_receipt import ReadingReceipt, ReadReceipt
from domain.access.role import Scope
from domain.payments.dispute import Dispute
from domain.payments.ids import Channel
from domain.payments.order import OrderStatus
from domain.payments.provider_event import DisputeStatus
from domain.payments.refund import RefundState
from domain.period import Interval
from entrypoints.http.receipt_paper import paper_of
from entrypoints.settings_for_customers import Seller
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import (
    a_dispute,
    a_payment,
    a_refund,
    an_order,
    an_order_line,
)
from tests.support.clock import NOON


async def test_a_buyer_reads_the_receipt_of_a_payment(service: Service) -> None:
    order = await service.paid()
    user = service.as_user()

    answer = await user.get(f"/orders/{order.id}/receipt")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'inline; filename="receipt-R-000001.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.raw.startswith(b"%PDF-")
    assert (await user.get(f"/orders/{order.id}")).data["receipt_number"] == "R-000001"


async def test_a_receipt_is_the_same_file_until_money_goes_back(service: Service) -> None:
    order = await service.paid()
    user, admin = service.as_user(), service.as_admin()
    first = (await user.get(f"/orders/{order.id}/receipt")).raw

    assert (await user.get(f"/orders/{order.id}/receipt")).raw == first
    assert (await admin.get(f"/admin/orders/{order.id}/receipt")).raw == first

    refund = {"amount": 100, "reason": "Half of it was not usable"}
    await admin.post(f"/admin/orders/{order.id}/refund", refund, key="back")
    assert (await user.get(f"/orders/{order.id}/receipt")).raw != first


async def test_nobody_reads_the_receipt_of_another(service: Service) -> None:
    order = await service.paid()

    other = await service.as_user(SOMEBODY_ELSE).get(f"/orders/{order.id}/receipt")
    nobody = await service.as_nobody().get(f"/orders/{order.id}/receipt")

    assert (other.status, other.code) == (404, "order_not_found")
    assert nobody.status == 401


async def test_a_backend_reads_it_for_the_account_it_names(service: Service) -> None:
    order = await service.paid()
    backend = await service.as_backend(Scope.ORDERS_READ)
    path = f"/orders/{order.id}/receipt"

    assert (await backend.get(path, account_id=SOMEBODY)).status == 200
    assert (await backend.get(path, account_id=SOMEBODY_ELSE)).code == "order_not_found"


async def test_a_receipt_says_what_was_bought_and_what_went_back(service: Service) -> None:
    line = an_order_line(interval=Interval.MONTHLY, price_minor=1000, credits=500)
    paid = an_order(
        line=line, status=OrderStatus.PAID, discount_minor=100, paid_at=NOON, coupon_code="SPRING"
    )
    order = evolve(
        paid,
        tax_minor=90,
        total_minor=990,
        collected_minor=990,
        refunded_minor=300,
        receipt_number=7,
        document_url="https://pay.example/invoice",
    )
    refund = a_refund(order, amount_minor=100, state=RefundState.SUCCEEDED)
    lost: Dispute = evolve(a_dispute(order), status=DisputeStatus.LOST, amount_minor=200)
    async with service.store.begin() as work:
        await work.orders.add(order)
        await work.refunds.add(refund)
        await work.disputes.add(lost)
        await work.commit()
    found = await ReadingReceipt(read=service.store.read)(ReadReceipt(order_id=order.id))

    seller = Seller(name="Lantern Ltd", address=("1 Harbour Street",), tax_id="VAT GB 1")
    paper = paper_of(found, seller, public_url="https://billing.example", is_live=True)

    assert (paper.number, paper.stamp) == ("R-000007", None)
    assert paper.parties[0] == ("From", ("Lantern Ltd", "1 Harbour Street", "VAT GB 1"))
    assert [(each.label, each.amount) for each in paper.sums] == [
        ("Subtotal", "US$10.00"),
        ("Discount, code SPRING", "−US$1.00"),
        ("Tax", "US$0.90"),
        ("Paid", "US$9.90"),
        ("Refunded 12 January 2026", "−US$1.00"),
        ("Taken back by the bank 12 January 2026", "−US$2.00"),
        ("Left of it", "US$6.90"),
    ]
    assert paper.lines[0].detail == "Billed monthly, 500 credits every month"
    assert paper.link == ("Sandbox’s own invoice", "https://pay.example/invoice")


@pytest.mark.parametrize(
    ("collected_minor", "label", "amount", "paid"),
    [
        (200, "From your balance with Stripe", "−US$3.00", "US$2.00"),
        (520, "Owed from before to Stripe", "US$0.20", "US$5.20"),
    ],
)
async def test_a_receipt_says_what_the_balance_with_the_provider_paid(
    service: Service, collected_minor: int, label: str, amount: str, paid: str
) -> None:
    order = evolve(
        an_order(status=OrderStatus.PAID, channel=Channel("stripe"), paid_at=NOON),
        collected_minor=collected_minor,
        receipt_number=7,
    )
    async with service.store.begin() as work:
        await work.orders.add(order)
        await work.commit()
    found = await ReadingReceipt(read=service.store.read)(ReadReceipt(order_id=order.id))

    paper = paper_of(found, Seller(), public_url="https://billing.example", is_live=True)

    assert [(each.label, each.amount) for each in paper.sums] == [
        ("Subtotal", "US$5.00"),
        ("Total", "US$5.00"),
        (label, amount),
        ("Paid", paid),
    ]


async def test_a_receipt_of_test_mode_says_that_no_money_has_moved(service: Service) -> None:
    order = await service.paid()
    found = await ReadingReceipt(read=service.store.read)(ReadReceipt(order_id=order.id))

    paper = paper_of(found, Seller(), public_url="https://billing.example", is_live=False)

    assert paper.stamp is not None
    assert "no money has moved" in paper.stamp
    assert paper.parties[0] == ("From", ("billing.example",))


async def test_what_cost_nothing_has_no_receipt(service: Service) -> None:
    free = evolve(an_order(status=OrderStatus.PAID, paid_at=NOON), total_minor=0, collected_minor=0)
    async with service.store.begin() as work:
        await work.orders.add(free)
        await work.commit()

    answer = await service.as_user().get(f"/orders/{free.id}/receipt")

    assert (answer.status, answer.code) == (404, "receipt_not_issued")


@pytest.mark.parametrize(
    ("net_minor", "row"),
    [(700, ("Paid beyond the price", "US$2.00")), (400, ("Not paid", "−US$1.00"))],
)
async def test_a_receipt_adds_up_where_another_amount_was_paid_than_agreed(
    service: Service, net_minor: int, row: tuple[str, str]
) -> None:
    payment = a_payment(net_minor=net_minor, tax_minor=50)
    order = an_order().paid_otherwise(payment, NOON, "look at it").receipted(7)
    async with service.store.begin() as work:
        await work.orders.add(order)
        await work.commit()
    found = await ReadingReceipt(read=service.store.read)(ReadReceipt(order_id=order.id))

    paper = paper_of(found, Seller(), public_url="https://billing.example", is_live=True)

    assert [(each.label, each.amount) for each in paper.sums] == [
        ("Subtotal", "US$5.00"),
        row,
        ("Tax", "US$0.50"),
        ("Paid", f"US${(net_minor + 50) / 100:.2f}"),
    ]
