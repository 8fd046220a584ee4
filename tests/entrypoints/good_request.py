"""What a request is made of that succeeds."""

from typing import Any

from attrs import frozen

Body = dict[str, Any]


@frozen(kw_only=True)
class Good:
    """A request that succeeds. `body` has as many fields as can go together, `other` differs."""

    path: str
    body: Body | None = None
    other: Body | None = None
