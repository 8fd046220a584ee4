"""Where events may be sent: the tricks that would lead into the network we stand in."""

import pytest

from domain.errors import InvalidField
from domain.events.address import URL_LENGTH_MAX, check_endpoint_url, is_public

PUBLIC = (
    "93.184.215.14",
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
)

NOT_PUBLIC = (
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 - judged, not bound
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.0.1",
    "168.63.129.16",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:4136:e378::1",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "localhost",
    "",
)

REFUSED_URLS = (
    "http://shop.example/events",
    "ftp://shop.example/events",
    "file:///etc/passwd",
    "gopher://127.0.0.1:11211/x",
    "//shop.example/events",
    "shop.example/events",
    "https://",
    "https:///events",
    "https://localhost/events",
    "https://LOCALHOST/events",
    "https://localhost./events",
    "https://sub.localhost/events",
    "https://intranet/events",
    "https://db.internal/events",
    "https://printer.local/events",
    "https://router.home.arpa/",
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://0/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fd00:ec2::254]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[1.1.1.1]/",
    "https://user@shop.example/",
    "https://user:pass@shop.example/",
    "https://shop.example@127.0.0.1/",
    "https://shop.example\\@127.0.0.1/",
    "https://shop.example\\.127.0.0.1/",
    "https://shop.example#@127.0.0.1/",
    "https://shop.example/#fragment",
    "https://shop.example:0/",
    "https://shop.example:65536/",
    "https://shop.example:443:80/",
    "https://shop.example:port/",
    "https://shop.example /",
    " https://shop.example/",
    "https://shop.example/\n",
    "https://shop.example/\tx",
    "https://shop.example/\x00",
    "https://shop.example/é",
    "https://\uff53\uff48\uff4f\uff50.example/",
    "https://①②⑦.0.0.1/",
    "https://127。0。0。1/",
    "https://%31%32%37.0.0.1/",
    "https://shop_.example%00.evil/",
    "https:/shop.example/",
    "https:\\\\shop.example/",
    "HTTPS ://shop.example/",
    f"https://shop.example/{'x' * URL_LENGTH_MAX}",
)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_of_any_network_of_ours_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_an_url_that_could_lead_inside_is_refused(url: str) -> None:
    with pytest.raises(InvalidField) as refused:
        check_endpoint_url(url, may_be_private=False)

    assert refused.value.path == "url"


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example",
        "https://shop.example/events?source=billing&x=%20",
        "https://hooks.shop.example:8443/a/b",
        "https://93.184.215.14/events",
        "https://[2606:4700:4700::1111]/events",
        "https://127.0.0.1.nip.example/",  # what it resolves to is judged when it is called
    ],
)
def test_an_https_url_of_the_open_internet_is_taken(url: str) -> None:
    check_endpoint_url(url, may_be_private=False)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000/events", "http://localhost/", "https://[::1]/"]
)
def test_development_may_send_to_this_machine(url: str) -> None:
    check_endpoint_url(url, may_be_private=True)


@pytest.mark.parametrize("url", ["ftp://localhost/", "http://user@localhost/", "http://a b/"])
def test_development_too_wants_a_plain_url(url: str) -> None:
    with pytest.raises(InvalidField):
        check_endpoint_url(url, may_be_private=True)
