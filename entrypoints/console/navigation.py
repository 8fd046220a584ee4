"""The table of what the console's menu shows, and to whom."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from domain.access.role import Right, Role


@frozen
class Entry:
    """One line of the menu; `below` are the paths that belong to it as well."""

    label: str
    path: str
    right: Right = Right.READ
    below: tuple[str, ...] = ()


@frozen
class Group:
    """Lines of the menu under one heading."""

    label: str
    entries: tuple[Entry, ...]


# A new section of the console is one more line here.
MENU: Sequence[Group] = (
    Group("", (Entry("Overview", ""),)),
    Group(
        "Customers",
        (
            Entry("Customers", "/customers", below=("/customer",)),
            Entry("Orders", "/orders", below=("/order",)),
            Entry("Transactions", "/transactions", below=("/transaction",)),
            Entry("Disputes", "/disputes", below=("/dispute",)),
        ),
    ),
    Group(
        "Catalogue",
        (
            Entry("Plans", "/plans", below=("/plan",)),
            Entry("Credit packs", "/packs", below=("/pack",)),
            Entry("Rates", "/rates"),
            Entry("Coupons", "/coupons", below=("/coupon",)),
            Entry("Check-in", "/check-in"),
        ),
    ),
    Group(
        "Operations",
        (
            Entry("Webhooks in", "/webhooks", below=("/webhook",)),
            Entry("Events out", "/events", below=("/event",)),
            Entry("Endpoints", "/endpoints", below=("/endpoint",)),
            Entry("Reconciliation", "/reconciliation"),
            Entry("Audit log", "/audit"),
            Entry("API keys", "/keys", right=Right.OWN, below=("/key",)),
            Entry("Health", "/health"),
        ),
    ),
)


def menu_for(role: Role) -> Sequence[Group]:
    """Return the menu with what the role may open, without groups that would be empty."""
    shown = (
        Group(group.label, tuple(entry for entry in group.entries if role.may(entry.right)))
        for group in MENU
    )
    return tuple(group for group in shown if group.entries)


def is_within(entry: Entry, path: str) -> bool:
    """Say whether a path below the console's root belongs to a line of the menu."""
    return any(
        path == root or path.startswith(f"{root}/")
        for root in ((entry.path, *entry.below) if entry.path else ())
    ) or (entry.path == path)
