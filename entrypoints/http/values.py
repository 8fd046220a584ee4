"""Types of the values on the wire: their limits stand here once, for reading and for the document.

Bodies, queries and views name these; the domain's own types carry no wire limits.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from msgspec import Meta

from domain.amount import AMOUNT_MAX
from domain.credits.ids import AccountId
from domain.errors import InvalidField

ACCOUNT_ID_LENGTH_MAX = 128

# No control character anywhere. The lookahead: `$` also matches before a last line break.
_PRINTABLE = r"^[^\u0000-\u001f\u007f-\u009f]*$(?!\n)"

Amount = Annotated[
    int,
    Meta(ge=1, le=AMOUNT_MAX, description="Credits, a whole number above zero.", examples=[50]),
]
Credits = Annotated[
    int, Meta(ge=0, le=AMOUNT_MAX, description="Credits, a whole number.", examples=[1500])
]
Balance = Annotated[
    int,
    Meta(
        ge=-AMOUNT_MAX,
        le=AMOUNT_MAX,
        description="Credits that count; below zero where the account owes some.",
        examples=[1500],
    ),
]
SignedAmount = Annotated[
    int,
    Meta(
        ge=-AMOUNT_MAX,
        le=AMOUNT_MAX,
        description="Credits: above zero for what comes in, below zero for what goes out.",
        examples=[-50],
    ),
]
PriceMinor = Annotated[
    int,
    Meta(
        ge=0,
        le=AMOUNT_MAX,
        description="Money in the currency's minor unit: 999 is 9.99 USD, or 999 JPY.",
        examples=[999],
    ),
]
SignedMinor = Annotated[
    int,
    Meta(
        ge=-AMOUNT_MAX,
        le=AMOUNT_MAX,
        description="Money in the currency's minor unit; below zero it goes to the customer.",
        examples=[667],
    ),
]
Currency = Annotated[
    str,
    Meta(pattern="^[A-Z]{3}$(?!\\n)", description="An ISO 4217 currency code.", examples=["USD"]),
]
AccountIdText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=ACCOUNT_ID_LENGTH_MAX,
        pattern=_PRINTABLE,
        description="The account: the product's own id of a user or an organisation.",
        examples=["user-1042"],
    ),
]
Id = Annotated[
    str,
    Meta(
        description="An id made by this service: a UUID that grows with time.",
        examples=["019a8b1c-7d52-7c4e-9a53-0e2f4c6a8b10"],
    ),
]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=_PRINTABLE)]
Text = Annotated[str, Meta(max_length=2000)]
Reference = Annotated[str, Meta(min_length=1, max_length=255, pattern=_PRINTABLE)]
"""A provider's or a caller's id for something."""
AuditReason = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        pattern=_PRINTABLE,
        description="Why; it stands in the audit log.",
        examples=["The endpoint was down over the weekend"],
    ),
]
Url = Annotated[str, Meta(min_length=1, max_length=2048, examples=["https://example.com/billing"])]
Instant = Annotated[
    datetime,
    Meta(
        tz=True,
        description="An instant as RFC 3339; answers are always in UTC, ending in Z.",
        examples=["2026-04-15T10:00:00Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
Day = Annotated[
    date,
    Meta(
        description="A calendar day.",
        examples=["2026-04-15"],
        extra_json_schema={"format": "date"},
    ),
]
JsonObject = Annotated[
    dict[str, Any], Meta(description="Any JSON object of the caller's own, kept as it came.")
]


def account_id_of(text: str, path: str = "account_id") -> AccountId:
    """Return an account id, wherever it came from: a body, a query, a token.

    Raises InvalidField unless it is 1 to 128 printable characters with no space at either end.
    """
    if not text or len(text) > ACCOUNT_ID_LENGTH_MAX:
        raise InvalidField(path=path, problem=f"must have 1 to {ACCOUNT_ID_LENGTH_MAX} characters")
    if not text.isprintable() or text != text.strip():
        raise InvalidField(path=path, problem="must be printable, with no space at either end")
    return AccountId(text)
