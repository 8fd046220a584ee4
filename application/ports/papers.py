"""Papers: documents made of texts, drawn by whoever knows how."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from attrs import frozen


@frozen(kw_only=True)
class Amount:
    """An amount with what it is for; `is_sum` stands out below a line."""

    label: str
    detail: str = ""
    amount: str
    is_sum: bool = False


@frozen(kw_only=True)
class Paper:
    """A document of texts that are ready to be read; whoever draws it changes none of them.

    `stamp` is what must not be overlooked, such as that no money has moved. `parties` are the two
    sides with their lines, `facts` what identifies it, `link` an address with its name.
    """

    title: str
    number: str
    stamp: str | None
    parties: Sequence[tuple[str, Sequence[str]]]
    facts: Sequence[tuple[str, str]]
    lines: Sequence[Amount]
    sums: Sequence[Amount]
    notes: Sequence[str]
    link: tuple[str, str] | None


DrawPaper = Callable[[Paper], Awaitable[bytes]]
"""Return the paper as PDF, the same bytes for the same paper. Raises ReceiptUnprintable."""
