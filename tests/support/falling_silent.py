"""A store that answers so many times and is silent from then on, or for a while."""

from contextlib import AbstractAsyncContextManager

from attrs import define

from application.ports.credits import OutcomeUnknown
from application.ports.unit_of_work import BeginWork, UnitOfWork


@define(kw_only=True)
class FallingSilent:
    """Begins units of work for as long as it answers; silent for so many, or for ever."""

    inner: BeginWork
    answers: int
    silences: int | None = None

    def begin(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Begin a unit of work. Raises OutcomeUnknown while it is silent."""
        if self.answers > 0:
            self.answers -= 1
        elif self.silences is None:
            raise OutcomeUnknown("the store does not answer")
        elif self.silences > 0:
            self.silences -= 1
            raise OutcomeUnknown("the store does not answer")
        return self.inner()
