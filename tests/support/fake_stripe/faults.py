"""Stripe's refusals, as its API words them."""

from typing import Any

from attrs import frozen


@frozen
class StripeFault(Exception):
    """A request that Stripe does not do."""

    status: int
    code: str | None = None
    param: str | None = None
    type: str = "invalid_request_error"
    message: str = "Stripe's own words, which nobody of ours may see."

    def body(self) -> dict[str, Any]:
        """Return the answer's JSON."""
        error: dict[str, Any] = {"type": self.type, "message": self.message}
        if self.code is not None:
            error["code"] = self.code
        if self.param is not None:
            error["param"] = self.param
        return {"error": error}


def missing(param: str) -> StripeFault:
    """Return the refusal of an id that names nothing."""
    return StripeFault(404, "resource_missing", param)


def invalid(param: str, code: str | None = None) -> StripeFault:
    """Return the refusal of a parameter that makes no sense as things stand."""
    return StripeFault(400, code, param)
