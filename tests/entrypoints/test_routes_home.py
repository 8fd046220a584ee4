"""The address of the service itself: links for a program, the console for a browser."""

from tests.support.app import Service, a_service

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_a_program_is_told_where_everything_is(service: Service) -> None:
    answer = await service.as_nobody().get("/")

    assert answer.status == 200
    assert answer.data["documentation"].endswith("/docs")
    assert answer.data["console"].endswith("/console")
    assert answer.data["customer_page"] is None


async def test_where_the_customer_page_is_on_it_is_named() -> None:
    async with a_service(settings={"BILLING_CUSTOMER_PAGE": "on"}) as service:
        answer = await service.as_nobody().get("/")

    assert answer.data["customer_page"].endswith("/billing")


async def test_a_browser_is_sent_to_the_console(service: Service) -> None:
    async with service.client.get("/", headers=BROWSER, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/console")
        assert answer.headers["Vary"] == "Accept"


async def test_behind_a_path_of_a_proxy_a_browser_is_sent_below_that_path() -> None:
    shop = {"BILLING_PUBLIC_URL": "https://shop.example/billing-api"}
    async with a_service(settings=shop) as service:
        at_root = service.client.get("/", headers=BROWSER, allow_redirects=False)
        async with at_root as answer:
            assert answer.headers["Location"] == "/billing-api/console"
