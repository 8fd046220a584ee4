"""What work is about: the account, the order, whatever else a log line or a fault should name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Named = Literal[
    "job", "account_id", "order_id", "subscription_id", "refund_id", "event_id", "endpoint_id"
]
"""What may be named: ids of ours and of providers' events, and never what a customer wrote."""

_NOTED: ContextVar[MutableMapping[str, str] | None] = ContextVar("worked_on", default=None)
_TOLD: ContextVar[Callable[[], None] | None] = ContextVar("told_of_work", default=None)
_ABOUT = "_worked_on"


@contextmanager
def telling_of_work(tell: Callable[[], None]) -> Iterator[None]:
    """Tell of every piece of work that begins, goes on or ends inside: there is progress."""
    outer = _TOLD.set(tell)
    try:
        yield
    finally:
        _TOLD.reset(outer)


@contextmanager
def one_piece_of_work() -> Iterator[None]:
    """Do something that has a subject of its own; what is noted inside is forgotten behind it.

    A fault that leaves it takes along what it was about, however late it is told.
    """
    outer = _NOTED.set(dict(_NOTED.get() or {}))
    tell_of_progress()
    try:
        yield
    except Exception as fault:
        if not about(fault):
            tell_about(fault, worked_on())
        raise
    finally:
        _NOTED.reset(outer)
        tell_of_progress()


def tell_of_progress() -> None:
    """Say within a piece of work that takes long that it goes on, to whoever is told of work."""
    tell = _TOLD.get()
    if tell is not None:
        tell()


def note(named: Named, value: str | None) -> None:
    """Say what the present piece of work is about, as soon as that is known."""
    noted = _NOTED.get()
    if noted is not None and value is not None:
        noted[named] = value


def worked_on() -> Mapping[str, str]:
    """Return what the present piece of work is about, as far as that is known."""
    return dict(_NOTED.get() or {})


def tell_about(fault: BaseException, names: Mapping[str, str]) -> None:
    """Let a fault say what the work was about that it ended; a frozen one, too."""
    object.__setattr__(fault, _ABOUT, dict(names))


def about(fault: BaseException) -> Mapping[str, str]:
    """Return what the work was about that a fault ended."""
    found: Mapping[str, str] = getattr(fault, _ABOUT, {})
    return found
