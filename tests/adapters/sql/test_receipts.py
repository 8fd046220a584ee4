"""What is stored under a key: every spend has one, so it holds nothing that it need not."""

import json

from adapters.stores.sql.ledger_rows import known_from, receipt_text
from application.wallets.receipts import receipt_of, receipt_of_hold
from domain.credits.ids import HoldId
from tests.support.builders.credits import a_wallet, held, spent
from tests.support.clock import NOON, fresh_id


def test_the_receipt_of_a_spend_says_nothing_of_holds_and_lots() -> None:
    receipt = receipt_of(spent(a_wallet(balance=100), 5))

    text = receipt_text(receipt)

    assert set(json.loads(text)) == {
        "account_id",
        "amount",
        "balance",
        "available",
        "at",
        "transaction_id",
        "seq",
    }
    assert "null" not in text
    assert known_from("f", text).receipt == receipt


def test_the_receipt_of_a_hold_comes_back_whole_open_or_ended() -> None:
    placed = held(a_wallet(balance=100), 5, id="hold-1")
    ended = placed.wallet.capture(HoldId("hold-1"), 3, now=NOON, new_id=fresh_id)

    for posting in (placed, ended):
        receipt = receipt_of_hold(posting, HoldId("hold-1"), NOON)
        assert receipt.hold is not None
        text = receipt_text(receipt)
        assert known_from("f", text).receipt == receipt
        assert "null" not in text
