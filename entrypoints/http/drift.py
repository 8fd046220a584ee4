"""A difference between a provider and us, as the API shows it."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen
from msgspec import Meta

from domain.payments.reconciliation import Drift

Count = Annotated[int, Meta(ge=0, description="A whole number.")]


@frozen(kw_only=True, slots=False)
class DriftView:
    """A difference: what mending it did, or would do; or the problem that a person has to solve."""

    channel: str
    about: str
    proposal: tuple[str, ...]
    problem: str | None
    is_applied: bool

    @classmethod
    def of(cls, drift: Drift) -> DriftView:
        """Return the difference as it is shown."""
        return cls(
            channel=drift.channel,
            about=drift.about,
            proposal=drift.proposal,
            problem=drift.problem,
            is_applied=drift.is_applied,
        )
