"""What stands in the head of every answer, whatever it says."""

from __future__ import annotations

from collections.abc import Mapping

from multidict import CIMultiDict

SERVER = "Server"

# An answer is data about one account at one moment: nobody keeps it, frames it or guesses its type.
# The name of the server stands here so that the library does not say its own, with its version.
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    SERVER: "billing",
    "X-Content-Type-Options": "nosniff",
}

JSON = CIMultiDict({"Content-Type": "application/json", **HEADERS})
"""The head of an answer in JSON, in the form that the library copies fastest."""
