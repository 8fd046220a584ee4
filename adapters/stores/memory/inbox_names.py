"""By which names events of the inbox are found in memory."""

from __future__ import annotations

from adapters.stores.memory.table import Index, Table
from application.ports.payments import NotedName

NAME_BY_EVENT = Index[NotedName](lambda noted: (noted.inbox_id, noted.name))


def inbox_names() -> Table[NotedName]:
    """Return the table of names, by name."""
    return Table("inbox_names", lambda noted: (noted.name, noted.inbox_id), (NAME_BY_EVENT,))
