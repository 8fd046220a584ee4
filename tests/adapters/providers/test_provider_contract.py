"""What every provider promises, whoever it is."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from domain.payments.errors import ProviderRefused, SignatureRefused, WebhookUnreadable
from domain.payments.provider_event import CheckoutPaid
from tests.adapters.providers.any_provider import ProviderUnderTest
from tests.support.clock import NOON
from tests.support.sandbox import a_sale

RETURN_URL = "https://shop.example/account"


async def test_an_order_has_one_checkout_however_often_it_is_opened(
    given: ProviderUnderTest,
) -> None:
    request = given.request(a_sale())

    first = await given.provider.open_checkout(request)
    second = await given.provider.open_checkout(request)

    assert second == first


async def test_another_order_has_another_checkout(given: ProviderUnderTest) -> None:
    first = await given.provider.open_checkout(given.request(a_sale()))
    second = await given.provider.open_checkout(given.request(a_sale()))

    assert first.session_id != second.session_id
    assert first.url != second.url


async def test_a_checkout_is_a_page_that_is_open_for_a_while(given: ProviderUnderTest) -> None:
    opened = await given.provider.open_checkout(given.request(a_sale()))

    assert urlsplit(opened.url).scheme == "https"
    assert opened.expires_at > NOON + timedelta(minutes=10)


async def test_a_customer_has_a_portal(given: ProviderUnderTest) -> None:
    customer_id = await given.customer_of(a_sale())

    url = await given.provider.open_portal(customer_id, RETURN_URL)

    assert urlsplit(url).scheme == "https"


async def test_nobody_has_a_portal_who_is_no_customer(given: ProviderUnderTest) -> None:
    with pytest.raises(ProviderRefused):
        await given.provider.open_portal("cus_unknown", RETURN_URL)


async def test_a_paid_checkout_names_its_order_and_what_was_paid(given: ProviderUnderTest) -> None:
    order = a_sale(discount_minor=120)

    (event,) = await given.taken(given.paid_body(order))

    assert isinstance(event, CheckoutPaid)
    assert event.order_id == order.id
    assert event.payment.channel == given.provider.channel
    assert event.payment.net_minor == 380
    assert event.payment.currency == "USD"


async def test_a_webhook_keeps_its_id_when_it_is_sent_again(given: ProviderUnderTest) -> None:
    body = given.paid_body(a_sale())
    headers = given.sign(body, given.secret)

    first = given.provider.verify(body, headers, NOON)
    second = given.provider.verify(body, headers, NOON)

    assert first == second


async def test_a_webhook_of_an_unknown_type_is_taken_and_means_nothing(
    given: ProviderUnderTest,
) -> None:
    facts = await given.taken(given.unknown_body)

    assert facts == ()


async def test_a_webhook_without_a_signature_is_refused(given: ProviderUnderTest) -> None:
    with pytest.raises(SignatureRefused):
        given.provider.verify(given.paid_body(a_sale()), {}, NOON)


async def test_a_webhook_signed_by_somebody_else_is_refused(given: ProviderUnderTest) -> None:
    body = given.paid_body(a_sale())

    with pytest.raises(SignatureRefused):
        given.provider.verify(body, given.sign(body, "another secret"), NOON)


async def test_a_webhook_altered_after_it_was_signed_is_refused(given: ProviderUnderTest) -> None:
    body = given.paid_body(a_sale())
    headers = given.sign(body, given.secret)

    with pytest.raises(SignatureRefused):
        given.provider.verify(body.replace(b"500", b"501"), headers, NOON)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b"not json", b"\xff\xfe"])
async def test_a_signed_body_that_is_no_event_is_unreadable(
    given: ProviderUnderTest, body: bytes
) -> None:
    with pytest.raises(WebhookUnreadable):
        await given.taken(body)


async def test_the_signature_is_judged_before_the_body_is_read(given: ProviderUnderTest) -> None:
    with pytest.raises(SignatureRefused):
        given.provider.verify(b"not json", given.sign(b"other bytes", given.secret), NOON)
