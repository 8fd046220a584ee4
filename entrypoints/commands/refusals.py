"""What a command answers when it cannot do what it was asked: one line, and exit code 2."""

from __future__ import annotations

from socket import gaierror

from application.ports.credits import OutcomeUnknown
from application.ports.store import SchemaMismatch, StoreInUse
from domain.errors import BillingError
from entrypoints.environment import SettingsError


class CommandRefused(Exception):
    """A command cannot be carried out as things are; its text is one line that says what to do."""


def line_of(fault: Exception) -> str | None:
    """Return the one line for a fault that is the operator's to mend, or None for one of ours."""
    match fault:
        case BillingError() | SettingsError() | SchemaMismatch() | StoreInUse() | CommandRefused():
            said = str(fault)
        case ConnectionError() | TimeoutError() | gaierror() | OutcomeUnknown():
            said = f"BILLING_DATABASE_URL: the store does not answer ({fault})"
        case OSError():
            where = "" if fault.filename is None else f"{fault.filename}: "
            said = f"{where}{fault.strerror or fault}"
        case _:
            return None
    return " ".join(said.split())
