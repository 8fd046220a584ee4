"""What Creem tells: its events, in full or as sparse as the published ones, and signed."""

import copy
import hashlib
import hmac
import json
from typing import Any

from attrs import evolve, frozen

Json = dict[str, Any]

SECRET = "whsec_of_the_fake"
HEADER = "creem-signature"

# What the published samples leave out of each kind of object.
_LEFT_OUT: dict[str, tuple[str, ...]] = {
    "product": ("object",),
    "order": (
        "object",
        "sub_total",
        "tax_amount",
        "discount_amount",
        "amount_due",
        "amount_paid",
        "transaction",
        "discount",
    ),
    "subscription": ("items", "last_transaction"),
    "checkout": ("units", "checkout_url"),
    "transaction": ("customer", "discount_amount"),
}


@frozen(kw_only=True)
class CreemEvent:
    """An event, as the bytes that are delivered."""

    id: str
    type: str
    body: bytes

    @property
    def content(self) -> Json:
        """The event as JSON."""
        found: Json = json.loads(self.body)
        return found

    def signed(self, secret: str = SECRET) -> dict[str, str]:
        """Return the headers it is delivered with, in lower case."""
        return {HEADER: signature(self.body, secret)}

    def as_published(self) -> "CreemEvent":
        """Return the event in the shape of Creem's published samples: `local`, with much left out.

        Objects say what they are before they are stripped of it.
        """
        content = self.content
        _strip(content["object"], is_outermost=True)
        return evolve(self, body=json.dumps(content).encode())


def an_event(id: str, type: str, created_at: int, object: Json) -> CreemEvent:
    """Return an event about an object as it is now."""
    content = {
        "id": id,
        "eventType": type,
        "created_at": created_at,
        "object": copy.deepcopy(object),
    }
    return CreemEvent(id=id, type=type, body=json.dumps(content).encode())


def signature(body: bytes, secret: str = SECRET) -> str:
    """Return the signature of a body, as Creem makes it."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _strip(part: Any, *, is_outermost: bool = False) -> None:
    if isinstance(part, list):
        for each in part:
            _strip(each)
    if not isinstance(part, dict):
        return
    for each in part.values():
        _strip(each)
    kind = part.get("object")
    if isinstance(kind, str):
        if "mode" in part:
            part["mode"] = "local"
        for name in _LEFT_OUT.get(kind, ()):
            part.pop(name, None)
        if kind == "product":
            part["image_url"] = None
        if kind == "transaction" and part["status"] == "chargedBack":
            part["status"] = "chargeback"
        if kind == "subscription" and not is_outermost:
            part.pop("current_period_start_date", None)
            part.pop("current_period_end_date", None)
