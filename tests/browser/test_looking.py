"""The walk is worth what its eyes are: each thing that it looks for is planted once, and found."""

import pytest

from tests.browser.visitor import Visitor

PLANTED = {
    "an accessibility fault": (
        "document.querySelector('h1').innerHTML = '<img src=\"data:,\"><button></button>'",
        "button-name",
    ),
    "words too pale to read": (
        "document.querySelector('h1').style.color = '#cccccc'",
        "color-contrast",
    ),
    "a page that is too wide": (
        "document.querySelector('h1').style.width = '2000px'",
        "pixels too wide",
    ),
    "a script's error": ("console.error('this went wrong')", "this went wrong"),
    "a script that fails": ("setTimeout(() => { throw Error('broken') })", "broken"),
    "a request to somebody else": (
        "fetch('http://elsewhere.example/').catch(() => 0)",
        "elsewhere.example",
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
async def test_what_a_user_should_never_meet_is_noticed(owner: Visitor, planted: str) -> None:
    script, told = PLANTED[planted]
    await owner.open("/health")
    await owner.page.evaluate(f"() => {{ {script} }}")

    with pytest.raises(AssertionError, match=told):
        await owner.looks()

    owner.faults.clear()
