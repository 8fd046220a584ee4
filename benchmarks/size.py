"""How large and how long: the conditions of the goals, a quick look, and a test that it runs."""

from __future__ import annotations

from attrs import frozen

from benchmarks.accounts import Range


@frozen(kw_only=True)
class Size:
    """The conditions of a run.

    `lines_few` and `lines_many` are the transactions of the two databases that growth is measured
    between; `spends` is what the memory of a process is looked at after.
    """

    rounds: int
    seconds: float
    accounts: int
    lines_few: int
    lines_many: int
    spends: int

    @property
    def everybody(self) -> Range:
        """All accounts."""
        return Range(first=0, count=self.accounts)

    @property
    def with_pages(self) -> Range:
        """Accounts whose lists are longer than a page."""
        return Range(first=0, count=min(200, self.accounts // 10))

    @property
    def with_lots(self) -> Range:
        """Accounts with five lots."""
        return Range(first=self.accounts // 2, count=min(1000, self.accounts // 4))

    @property
    def with_one_lot(self) -> Range:
        """As many accounts with one lot."""
        return Range(first=self.accounts // 4, count=self.with_lots.count)

    @property
    def accounts_few(self) -> int:
        """How many accounts have made `lines_few`: half of their lines brought credits in."""
        return max(1, self.lines_few // 2)

    @property
    def warming_seconds(self) -> float:
        """How long it may take at most until every account has spent once."""
        return max(20.0, self.accounts / 500)


FULL = Size(
    rounds=5,
    seconds=2.0,
    accounts=100_000,
    lines_few=10_000,
    lines_many=1_000_000,
    spends=1_000_000,
)
QUICK = Size(
    rounds=3,
    seconds=1.0,
    accounts=10_000,
    lines_few=10_000,
    lines_many=50_000,
    spends=30_000,
)
TINY = Size(
    rounds=1,
    seconds=0.2,
    accounts=100,
    lines_few=200,
    lines_many=400,
    spends=200,
)
