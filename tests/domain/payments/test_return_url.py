import pytest

from domain.payments.errors import ReturnUrlRefused
from domain.payments.return_url import LENGTH_MAX, check_return_url, origin_of

ORIGINS = ("https://shop.example", "https://shop.example:8443", "http://localhost:3000")


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example@evil.example/",
        "https://shop.example:443@evil.example/",
        "https://user@shop.example/",
        "https://user:pass@shop.example/",
        "https://@shop.example/",
        "https://evil.example/@shop.example",
        "https://evil.example/https://shop.example",
        "https://evil.example?https://shop.example",
        "https://evil.example#https://shop.example",
        "https://evil.example\\@shop.example/",
        "https://shop.example\\.evil.example/",
        "https://shop.example\\",
        "https:\\\\shop.example/",
        "https:/\\shop.example/",
        "\\\\shop.example/",
        "//shop.example/",
        "///shop.example/",
        "/dashboard",
        "dashboard",
        "shop.example",
        "shop.example:443/x",
        "?success=true",
        "#",
        "",
        " ",
        " https://shop.example/",
        "https://shop.example/ ",
        "https://shop.example/a b",
        "\thttps://shop.example/",
        "ht\ntps://shop.example/",
        "https://sh\top.example/",
        "https://shop.example/\r\nSet-Cookie: a=b",
        "https://shop.example/\x00",
        "https://shop.example/\x7f",
        "https://shop.example\u2028/",
        "https:shop.example/",
        "https:/shop.example/",
        "https:///shop.example/",
        "https://",
        "https://?",
        "http://shop.example/",
        "HTTP://shop.example/",
        "javascript:alert(1)",
        "javascript://shop.example/%0aalert(1)",
        "data:text/html,x",
        "file://shop.example/etc/passwd",
        "ftp://shop.example/",
        "vbscript:x",
        "blob:https://shop.example/x",
        "view-source:https://shop.example/",
        "wss://shop.example/",
        "shop://shop.example/",
        "https://shop.example./",
        "https://.shop.example/",
        "https://shop.example.evil.example/",
        "https://evil-shop.example/",
        "https://evilshop.example/",
        "https://www.shop.example/",
        "https://shop.example:444/",
        "https://shop.example:80/",
        "https://shop.example:/",
        "https://shop.example:0/",
        "https://shop.example:99999/",
        "https://shop.example:-443/",
        "https://shop.example:443x/",
        "https://shop.example:8443.evil.example/",
        "https://shop.example%2eevil.example/",
        "https://shop.example%00.evil.example/",
        "https://shop.example%40evil.example/",
        "https://shop.example;evil.example/",
        "https://shop.example,evil.example/",
        "https://shop\u3002example/",
        "https://\u0455hop.example/",
        "https://xn--hop-vlc.example/",
        "https://shop.e\u0445ample/",
        "https://\uff53hop.example/",
        "https://shop.example\uff0f",
        "https://shop.example/ü",
        "https://[::1]/",
        "https://[shop.example]/",
        "https://[::1/",
        "http://127.0.0.1:3000/",
        "http://localhost/",
        "http://localhost:3000.evil.example/",
        "http://localhost.evil.example:3000/",
        "https://localhost:3000/",
        "https://2130706433/",
        'https://shop.example/"onload="x',
        "https://shop.example/<script>",
        "https://shop.example/`",
        "https://shop.example/" + "a" * LENGTH_MAX,
    ],
)
def test_a_url_that_may_lead_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(ReturnUrlRefused) as refused:
        check_return_url("success_url", url, ORIGINS)

    assert refused.value.path == "success_url"


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example",
        "https://shop.example/",
        "https://shop.example/dashboard/subscription?success=true",
        "https://shop.example?next=https://evil.example/@x",
        "https://shop.example/#/a@b",
        "https://shop.example:443/a",
        "https://shop.example:8443/a",
        "https://SHOP.example/a",
        "http://localhost:3000/done",
        "https://shop.example/%20%2F%40",
    ],
)
def test_a_url_on_a_configured_origin_is_accepted(url: str) -> None:
    check_return_url("success_url", url, ORIGINS)


def test_without_configured_origins_no_url_is_accepted() -> None:
    with pytest.raises(ReturnUrlRefused) as refused:
        check_return_url("return_url", "https://shop.example/", ())

    assert "configured" in refused.value.problem


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Shop.Example:443/a?b#c", "https://shop.example"),
        ("http://shop.example:8080", "http://shop.example:8080"),
        ("https://[::1]:8443/", "https://[::1]:8443"),
        ("https://user@shop.example", None),
    ],
)
def test_an_origin_has_one_form(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "https://[::1]evil.example/",
        "https://[::1]:8443.evil.example/",
        "https://evil.example[::1]/",
        "https://[::1]:8443@evil.example/",
        "https://[::1",
        "https://::1/",
        "https://[::1]]/",
    ],
)
def test_an_address_in_brackets_stands_alone(url: str) -> None:
    with pytest.raises(ReturnUrlRefused):
        check_return_url("success_url", url, ("https://[::1]", "https://[::1]:8443"))
