"""Receipts, over what the container has made and the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from application.payments.read_receipt import ReadingReceipt
from entrypoints.adapter_table import draw_paper_of
from entrypoints.http.receipts import Receipts

if TYPE_CHECKING:
    from entrypoints.container import Container


def receipts_of(made: Container) -> Receipts:
    """Return how receipts are answered."""
    settings = made.settings()
    return Receipts(
        read_receipt=ReadingReceipt(read=made.read()),
        draw=draw_paper_of(settings),
        seller=settings.customers.seller,
        public_url=settings.public_url,
        is_live=settings.is_live,
    )
