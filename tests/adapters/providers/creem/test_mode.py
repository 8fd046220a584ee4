"""Live and test, told apart by the key."""

import pytest

from adapters.providers.creem.client import creem_client
from adapters.providers.creem.mode import CreemMode, mode_of_key


@pytest.mark.parametrize(
    ("api_key", "mode"),
    [
        ("creem_test_abc", CreemMode.TEST),
        ("creem_abc", CreemMode.LIVE),
        ("sk_live_abc", None),
        ("", None),
    ],
)
def test_a_key_opens_one_mode(api_key: str, mode: CreemMode | None) -> None:
    assert mode_of_key(api_key) is mode


@pytest.mark.parametrize(
    ("mode", "address"),
    [
        (CreemMode.LIVE, "https://api.creem.io"),
        (CreemMode.TEST, "https://test-api.creem.io"),
    ],
)
def test_each_mode_has_an_address_of_its_own(mode: CreemMode, address: str) -> None:
    assert creem_client("creem_key", mode).address == address


def test_another_address_can_be_given() -> None:
    client = creem_client("creem_key", CreemMode.TEST, api_base="http://127.0.0.1:1/")

    assert client.address == "http://127.0.0.1:1"
