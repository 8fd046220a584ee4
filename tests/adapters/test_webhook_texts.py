"""The texts of a webhook's body, by which it is found that it names somebody."""

import pytest

from adapters.webhook_texts import texts_of


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        (b"", set()),
        (b"?", set()),
        (b"\xff", set()),
        (b'"alone"', {"alone"}),
        (b'{"id": "evt_1", "n": 7, "no": null}', {"evt_1"}),
        (
            b'{"object": {"customer": {"id": "cus_1"}, "lines": [{"email": "a@b.c"}]}}',
            {"cus_1", "a@b.c"},
        ),
        (b'{"name": "J\\u00fcrgen"}', {"Jürgen"}),
    ],
)
def test_every_text_is_found_wherever_it_stands(body: bytes, texts: set[str]) -> None:
    assert texts_of(body) == texts


def test_a_body_that_is_nested_without_end_holds_none() -> None:
    assert texts_of(b"[" * 100_000) == frozenset()
