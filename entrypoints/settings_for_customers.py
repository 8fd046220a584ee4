"""What is set about the customer page and about receipts: how they look, and who sells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import field, frozen

from domain.payments.return_url import origin_of
from entrypoints.customer_page.theme import Theme, theme_of
from entrypoints.environment import (
    Environment,
    Variable,
    as_return_origins,
    as_text,
    is_safe,
)

CUSTOMER_VARIABLES: Sequence[Variable] = (
    Variable(
        "BILLING_CUSTOMER_PAGE",
        "on or off: whether customers find a page of their own at /billing.",
        "off",
    ),
    Variable(
        "BILLING_FRAME_ORIGINS",
        "The origins whose pages may show the customer page in a frame and hand it a session, "
        "comma-separated.",
    ),
    Variable(
        "BILLING_PAGE_THEME",
        "The customer page's look: accent=#0f6b63, accent-dark=#4fd1c0, radius=12 (in pixels), any "
        "of them.",
    ),
    Variable("BILLING_SELLER_NAME", "Who sells, as receipts name it.", "the service's host"),
    Variable(
        "BILLING_SELLER_ADDRESS",
        "The seller's address on receipts; its lines are parted by semicolons.",
    ),
    Variable("BILLING_SELLER_TAX_ID", "The seller's tax number on receipts, with its kind."),
    Variable("BILLING_SELLER_EMAIL", "Whom buyers may write to about a receipt."),
    Variable(
        "BILLING_RECEIPT_FONTS",
        "TrueType files, comma-separated, for signs on receipts that the fonts which come with the "
        "service lack, such as Chinese, Japanese and Korean ones.",
    ),
)


@frozen(kw_only=True)
class Seller:
    """Who sells, as receipts say; whatever is not set is left out."""

    name: str | None = None
    address: tuple[str, ...] = ()
    tax_id: str | None = None
    email: str | None = None


@frozen(kw_only=True)
class ForCustomers:
    """What is set about all that customers see; `receipt_fonts` are files."""

    has_page: bool = False
    frame_origins: tuple[str, ...] = ()
    theme: Theme = field(factory=Theme)
    seller: Seller = field(factory=Seller)
    receipt_fonts: tuple[Path, ...] = ()


def for_customers(environment: Environment) -> ForCustomers:
    """Return what the environment says. Raises SettingsError naming the first fault."""
    return ForCustomers(
        has_page=environment.get("BILLING_CUSTOMER_PAGE", _as_on_or_off, False),
        frame_origins=environment.get("BILLING_FRAME_ORIGINS", as_return_origins, ()),
        theme=environment.get("BILLING_PAGE_THEME", theme_of, Theme()),
        seller=Seller(
            name=environment.get("BILLING_SELLER_NAME", as_text, None),
            address=environment.get("BILLING_SELLER_ADDRESS", _as_lines, ()),
            tax_id=environment.get("BILLING_SELLER_TAX_ID", as_text, None),
            email=environment.get("BILLING_SELLER_EMAIL", as_text, None),
        ),
        receipt_fonts=environment.get("BILLING_RECEIPT_FONTS", _as_fonts, ()),
    )


def with_page(
    origins: tuple[str, ...], customers: ForCustomers, public_url: str
) -> tuple[str, ...]:
    """Return where buyers may be sent back to: also to the customer page, if there is one."""
    own = origin_of(public_url)
    if not customers.has_page or own is None or own in origins or not is_safe(own):
        return origins
    return (*origins, own)


def _as_on_or_off(text: str) -> bool:
    if text not in {"on", "off"}:
        raise ValueError("must be on or off")
    return text == "on"


def _as_lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in as_text(text).split(";") if line.strip())


def _as_fonts(text: str) -> tuple[Path, ...]:
    paths = tuple(Path(part.strip()) for part in text.split(",") if part.strip())
    for path in paths:
        if path.suffix.lower() not in {".ttf", ".ttc"} or not path.is_file():
            raise ValueError(f"names {path}, which is not a TrueType file (.ttf, .ttc) here")
    return paths
