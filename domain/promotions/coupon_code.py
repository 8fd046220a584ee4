"""The codes of a coupon: what is typed, how often each counts, and how they are made up."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from enum import Enum

from attrs import evolve, field, frozen

from domain.errors import InvalidField
from domain.promotions.errors import CouponReason, CouponRefused
from domain.promotions.ids import CodeId, CouponId

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What made-up codes consist of: nothing that is mistaken for another when read (0 O 1 I L)."""

MADE_UP_LENGTH = 16
"""Characters of chance in a made-up code: log2(31) bits each, 79 together. Guessing is hopeless."""

PREFIX_LENGTH_MAX = 16
CODES_AT_ONCE_MAX = 10_000

_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{2,39}")
_PREFIX = re.compile(r"[A-Z0-9][A-Z0-9_-]*")
_IGNORED = re.compile(r"[\s-]")
_GROUP = 4


class CodeState(Enum):
    """Whether a code still counts, as far as itself goes."""

    OPEN = "open"
    USED_UP = "used_up"
    DISABLED = "disabled"


@frozen(kw_only=True)
class CouponCode:
    """One of the codes under which a coupon is used, with a limit of its own.

    `key` is what it is found by: the code without its dashes, so that nobody has to type them.
    `batch` names the call that made it up, None for one that an admin chose.
    """

    id: CodeId
    coupon_id: CouponId
    code: str
    key: str = field(init=False)
    batch: str | None = None
    redemptions_max: int | None = None
    is_disabled: bool = False
    taken: int = 0
    created_at: datetime

    @key.default
    def _found_by(self) -> str:
        return code_key(self.code)

    def __attrs_post_init__(self) -> None:
        check_code("code", self.code)

    @property
    def is_used_up(self) -> bool:
        """Say whether every slot of its own is taken."""
        return self.redemptions_max is not None and self.taken >= self.redemptions_max

    @property
    def state(self) -> CodeState:
        """Whether it still counts, whatever becomes of its coupon."""
        if self.is_disabled:
            return CodeState.DISABLED
        return CodeState.USED_UP if self.is_used_up else CodeState.OPEN

    def reserve(self) -> CouponCode:
        """Take a slot. Raises CouponRefused when none is left."""
        if self.is_used_up:
            raise CouponRefused(reason=CouponReason.CODE_USED_UP)
        return evolve(self, taken=self.taken + 1)

    def release(self) -> CouponCode:
        """Give the slot of an abandoned checkout back."""
        assert self.taken > 0
        return evolve(self, taken=self.taken - 1)

    def disabled(self, is_disabled: bool) -> CouponCode:
        """Be switched off, so that it counts for nothing new, or on again."""
        return evolve(self, is_disabled=is_disabled)


def normal_code(typed: str) -> str:
    """Return a code as it is stored and shown: in upper case, without outer spaces."""
    return typed.strip().upper()


def code_key(typed: str) -> str:
    """Return what a code is found by, however it was typed: case, spaces and dashes are nothing."""
    return _IGNORED.sub("", typed).upper()


def check_code(path: str, code: str) -> None:
    """Refuse a code that is not made as codes are. Raises InvalidField."""
    if not _CODE.fullmatch(code) or len(code_key(code)) < 3:
        problem = "must be 3 to 40 characters A-Z, 0-9, - and _, beginning with a letter or digit"
        raise InvalidField(path=path, problem=problem)


def normal_prefix(typed: str) -> str:
    """Return the beginning of codes to be made up, as it is stored. Raises InvalidField."""
    prefix = normal_code(typed)
    if prefix and (len(prefix) > PREFIX_LENGTH_MAX or not _PREFIX.fullmatch(prefix)):
        problem = f"must be at most {PREFIX_LENGTH_MAX} characters A-Z, 0-9, - and _"
        raise InvalidField(path="prefix", problem=problem)
    return prefix


def made_up_code(prefix: str, secret: str) -> str:
    """Return the code that follows from 256 random bits: always the same for the same secret.

    The number is far larger than the count of codes, so that none is more likely than another by
    more than one part in 2^177.
    """
    number = int.from_bytes(hashlib.sha256(secret.encode()).digest())
    characters = []
    for _ in range(MADE_UP_LENGTH):
        number, place = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[place])
    text = "".join(characters)
    groups = [text[start : start + _GROUP] for start in range(0, MADE_UP_LENGTH, _GROUP)]
    return "-".join([prefix, *groups] if prefix else groups)
