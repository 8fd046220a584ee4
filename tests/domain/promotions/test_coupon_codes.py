"""The codes of coupons: how they are written, found and made up."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidField
from domain.promotions.coupon_code import (
    ALPHABET,
    MADE_UP_LENGTH,
    check_code,
    code_key,
    made_up_code,
    normal_code,
    normal_prefix,
)
from tests.support.builders.promotions import a_coupon


@pytest.mark.parametrize(
    "code",
    [
        "",
        "AB",
        "abc",
        "A" * 41,
        "-ABC",
        "_ABC",
        "A B",
        "ABC\n",
        "ÄBC",
        "A.B",
        "ABC/",
        "A--",
        "A-B-",
    ],
)
def test_a_malformed_code_is_refused(code: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        a_coupon(id="1", code=code or " ")

    assert refusal.value.path == "code"


@pytest.mark.parametrize(
    ("typed", "code"), [("  welcome10 ", "WELCOME10"), ("Welcome-10", "WELCOME-10"), ("\tA\n", "A")]
)
def test_a_code_is_shown_in_upper_case_without_outer_spaces(typed: str, code: str) -> None:
    assert normal_code(typed) == code


@pytest.mark.parametrize("typed", ["abcd-efgh", "ABCDEFGH", " abcd EFGH ", "A-b-c-d-e-f-g-h"])
def test_a_code_is_found_without_regard_to_case_spaces_and_dashes(typed: str) -> None:
    assert code_key(typed) == "ABCDEFGH"


def test_made_up_codes_have_no_letter_that_is_mistaken_for_another() -> None:
    assert not set("0O1IL") & set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET) == 31
    assert len(ALPHABET) ** MADE_UP_LENGTH > 2**60


@given(secret=st.text(min_size=1, max_size=50).map(lambda text: text.encode().hex()))
def test_a_made_up_code_is_a_code_in_groups_of_four(secret: str) -> None:
    code = made_up_code("VIP", secret)

    check_code("code", code)
    prefix, *groups = code.split("-")
    assert prefix == "VIP"
    assert [len(group) for group in groups] == [4, 4, 4, 4]
    assert set("".join(groups)) <= set(ALPHABET)
    assert made_up_code("VIP", secret) == code != made_up_code("VIP", secret + "0")


def test_every_character_of_made_up_codes_is_as_likely_as_another() -> None:
    made = [made_up_code("", str(number)).replace("-", "") for number in range(4000)]

    for place in range(MADE_UP_LENGTH):
        counted = Counter(code[place] for code in made)
        assert set(counted) == set(ALPHABET)
        assert max(counted.values()) < 2 * min(counted.values())


@pytest.mark.parametrize("prefix", ["-A", "Ä", "A B", "A" * 17, "a.b"])
def test_a_malformed_beginning_is_refused(prefix: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        normal_prefix(prefix)

    assert refusal.value.path == "prefix"


@pytest.mark.parametrize(("typed", "prefix"), [("", ""), (" vip ", "VIP"), ("x-2_y", "X-2_Y")])
def test_a_beginning_is_kept_as_codes_are(typed: str, prefix: str) -> None:
    assert normal_prefix(typed) == prefix
