"""A store that answers so many times and is silent from then on."""

from contextlib import AbstractAsyncContextManager

from attrs import define

from application.ports.credits import OutcomeUnknown
from application.ports.unit_of_work import BeginWork, UnitOfWork


@define(kw_only=True)
class FallingSilent:
    """Begins units of work for as long as it answers."""

    inner: BeginWork
    answers: int

    def begin(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Begin a unit of work. Raises OutcomeUnknown once it is silent."""
        if self.answers == 0:
            raise OutcomeUnknown("the store does not answer")
        self.answers -= 1
        return self.inner()
