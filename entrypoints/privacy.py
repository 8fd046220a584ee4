"""The use cases of what is kept about people, and how long, over what the container has made."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import frozen

from application.access.erase_account import ErasingAccount
from application.access.export_account import ExportingAccount
from application.account_names import InboxSearch
from application.credits.forget_keys import ForgettingKeys
from application.payments.forget_bodies import ForgettingBodies
from entrypoints.adapter_table import webhook_texts

if TYPE_CHECKING:
    from entrypoints.container import Container


@frozen(kw_only=True)
class Privacy:
    """What is handed out and erased on request, and what is forgotten in time."""

    export_account: ExportingAccount
    erase_account: ErasingAccount

    forget_keys: ForgettingKeys
    forget_bodies: ForgettingBodies


def privacy_of(made: Container) -> Privacy:
    """Return the use cases."""
    begin, read, clock = made.begin(), made.read(), made.clock()
    kept = made.settings().operating
    search = InboxSearch(read=read, texts_of=webhook_texts())
    # One day more than bodies are kept for: the job that drops them is not always in time.
    searched_for = timedelta(days=kept.inbox_body_days + 1)
    return Privacy(
        export_account=ExportingAccount(
            read=read,
            records=made.store().records,
            search=search,
            clock=clock,
            bodies_kept_for=searched_for,
        ),
        erase_account=ErasingAccount(
            begin=begin,
            read=read,
            search=search,
            clock=clock,
            new_id=made.new_id(),
            bodies_kept_for=searched_for,
        ),
        forget_keys=ForgettingKeys(
            records=made.store().records,
            begin=begin,
            clock=clock,
            kept_for=timedelta(days=kept.spend_key_days),
        ),
        forget_bodies=ForgettingBodies(
            begin=begin, clock=clock, kept_for=timedelta(days=kept.inbox_body_days)
        ),
    )
