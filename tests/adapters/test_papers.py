"""Papers as PDF: the same bytes each time, and no sign that could not be read."""

import gzip
import re
import unicodedata
import zlib
from pathlib import Path

import pytest
from attrs import evolve

from adapters.papers import fonts as shipped
from adapters.papers.drawing import PaperDrawing, draw
from adapters.papers.fonts import Fonts
from application.ports.papers import Amount, Paper
from domain.payments.errors import ReceiptUnprintable

FONT_FILES = Path(shipped.__file__).parent / "fonts"

A_PAPER = Paper(
    title="Receipt",
    number="R-000001",
    stamp="Test mode",
    parties=(("From", ("Lantern Ltd", "1 Harbour Street")), ("To", ("ada@example.com",))),
    facts=(("Paid on", "12 January 2026"),),
    lines=(Amount(label="Pro", detail="2,000 credits", amount="US$9.90"),),
    sums=(Amount(label="Paid", amount="US$9.90", is_sum=True),),
    notes=("This is a receipt.",),
    link=("The invoice", "https://pay.example/invoice/1"),
)

READABLE = (
    "Pro for teams, 9.90 €",
    "Für Größen: “Łódź”, Ångström, São Tomé, Việt Nam, İstanbul",
    "Тариф «Про» — 500 ₽",
    "Συνδρομή για ομάδες",  # noqa: RUF001 - Greek, as it is written
    "Տարեկան բաժանորդագրություն",
    "წლიური გამოწერა",
    "₹ 500, ₩ 500, ₺ 500, ₴ 500, ₦ 500",
)
UNREADABLE = (
    "套餐",
    "クレジット",
    "구독",
    "مشترك",
    "מנוי",
    "सदस्यता",
    "สมาชิก",
    "a\u0302\u0323\u0330",
)


def pages(pdf: bytes) -> int:
    counted = re.search(rb"/Count (\d+)", pdf)
    assert counted is not None
    return int(counted[1])


@pytest.mark.parametrize("text", READABLE)
def test_a_text_of_these_alphabets_comes_out_whole(text: str) -> None:
    for is_bold in (False, True):
        runs = Fonts.opened().runs(text, is_bold=is_bold)

        assert "".join(run.text for run in runs) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_sign_that_could_not_be_read_is_refused_by_its_code(text: str) -> None:
    with pytest.raises(ReceiptUnprintable) as refused:
        draw(evolve(A_PAPER, facts=(("Plan", text),)))

    assert refused.value.signs.startswith("U+")


def test_a_picture_beside_words_is_left_out() -> None:
    runs = Fonts.opened().runs("Pro \U0001f680 plan")

    assert "".join(run.text for run in runs) == "Pro  plan"


def test_a_text_of_pictures_alone_is_refused() -> None:
    with pytest.raises(ReceiptUnprintable):
        Fonts.opened().runs("\U0001f680\U0001f680")


def test_a_font_that_is_named_draws_what_those_that_come_along_lack(tmp_path: Path) -> None:
    plain = tmp_path / "plain.ttf"
    plain.write_bytes(gzip.decompress((FONT_FILES / "DejaVuSans.ttf.gz").read_bytes()))
    plain_has = set(Fonts.opened().plain[0].face.charToGlyph)
    bold_has = set(Fonts.opened().bold[0].face.charToGlyph)
    lacking = next(
        chr(code)
        for code in sorted(plain_has - bold_has)
        if unicodedata.category(chr(code)) in {"Ll", "Lu"}
    )

    with pytest.raises(ReceiptUnprintable):
        Fonts.opened().runs(lacking, is_bold=True)
    (run,) = Fonts.opened((plain,)).runs(lacking, is_bold=True)

    assert run.text == lacking


def test_a_paper_gives_the_same_bytes_each_time() -> None:
    assert draw(A_PAPER) == draw(A_PAPER)
    assert draw(A_PAPER) != draw(evolve(A_PAPER, number="R-000002"))


async def test_papers_drawn_at_once_do_not_meet() -> None:
    drawing = PaperDrawing()
    first = await drawing(A_PAPER)

    assert await drawing(A_PAPER) == first == draw(A_PAPER)


def test_a_paper_leads_to_its_link_and_to_nothing_else() -> None:
    pdf = draw(A_PAPER)

    assert re.findall(rb"/URI \((.*?)\)", pdf) == [b"https://pay.example/invoice/1"]
    assert b"/JavaScript" not in pdf


def test_what_has_no_room_on_a_page_goes_on_on_the_next() -> None:
    many = tuple(Amount(label=f"Refunded {n}", amount="−US$0.01") for n in range(120))

    assert pages(draw(A_PAPER)) == 1
    assert pages(draw(evolve(A_PAPER, sums=many))) > 2


def test_a_word_longer_than_its_column_is_cut_and_none_of_it_lost() -> None:
    word = "x" * 300

    lines = list(Fonts.opened().wrapped(f"an {word} end", 9.5, 100))

    assert "".join(lines).replace(" ", "") == f"an{word}end"
    assert all(Fonts.opened().width(line, 9.5) <= 100 for line in lines)


def test_the_fonts_that_come_along_are_whole_and_licensed() -> None:
    for name in ("DejaVuSans", "DejaVuSans-Bold"):
        data = (FONT_FILES / f"{name}.ttf.gz").read_bytes()
        assert zlib.decompress(data, wbits=31).startswith(b"\x00\x01\x00\x00")
    assert "Bitstream Vera" in (FONT_FILES / "LICENSE-dejavu.txt").read_text()
