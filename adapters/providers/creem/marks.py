"""What we write on everything we sell at Creem, so that it is told from what others sell there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from domain.credits.ids import AccountId
from domain.payments.ids import OrderId

_ORDER = "order_id"
_ACCOUNT = "account_id"
_ORDER_ID = re.compile(r"[!-~]{1,255}")


def marks_of(order_id: OrderId, account_id: AccountId) -> Mapping[str, str]:
    """Return the metadata of a checkout; Creem copies it to the subscription that comes of it."""
    return {_ORDER: order_id, _ACCOUNT: account_id}


def order_id_of(metadata: Any) -> OrderId | None:
    """Return our order that a checkout or subscription is for; None if it was not sold by us.

    Others may name orders of theirs as we name ours, so both of our marks are asked for.
    """
    if not isinstance(metadata, Mapping) or _ACCOUNT not in metadata:
        return None
    named = metadata.get(_ORDER)
    return OrderId(named) if isinstance(named, str) and _ORDER_ID.fullmatch(named) else None


def account_id_of(metadata: Any) -> AccountId | None:
    """Return whose a checkout or subscription is; None where that is not told as we write it."""
    named = metadata.get(_ACCOUNT) if isinstance(metadata, Mapping) else None
    return AccountId(named) if isinstance(named, str) else None
