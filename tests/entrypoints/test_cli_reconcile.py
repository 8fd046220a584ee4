"""`billing reconcile` and `billing doctor`, beside a payment provider that lost its webhooks."""

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from attrs import evolve, frozen

from adapters.system import system_clock
from application.payments.start_checkout import StartCheckout
from application.ports.paging import PageRequest
from domain.errors import InvalidField
from domain.payments.ids import Channel
from domain.payments.order import OrderType
from domain.period import Interval
from domain.subscriptions.catalogue import ProviderItem
from entrypoints.adapter_table import migrate
from entrypoints.commands.doctor import examine
from entrypoints.commands.reconcile import since_named
from entrypoints.container import Container
from entrypoints.service import opened
from entrypoints.settings import Settings, load_settings
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.subscriptions import a_pack
from tests.support.command_line import BILLING, Ran, billing, billing_up, free_port
from tests.support.fake_stripe.server import SECRET_KEY, WEBHOOK_SECRET, FakeStripe
from tests.support.fake_stripe.world import StripeWorld

SHOP = "https://shop.example"
STRIPE = Channel("stripe")
BASE = {
    "BILLING_DATABASE_URL": "sqlite:///billing.db",
    "BILLING_MODE": "test",
    "BILLING_CHANNELS": "stripe",
    "BILLING_STRIPE_SECRET_KEY": SECRET_KEY,
    "BILLING_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
    "BILLING_RETURN_ORIGINS": SHOP,
}
OWNER = ("keys", "create", "--name", "owner", "--role", "owner")


@frozen(kw_only=True)
class Desk:
    """Somebody at a command line, in a folder with a store, and a Stripe to speak to."""

    folder: Path
    fake: FakeStripe
    variables: Mapping[str, str]

    @property
    def settings(self) -> Settings:
        """The settings, with the store at its full path."""
        return self.settings_with({})

    def settings_with(self, changed: Mapping[str, str]) -> Settings:
        """Return the settings with some variables changed. Raises SettingsError."""
        variables = {**self.variables, **changed}
        at = variables["BILLING_DATABASE_URL"].replace("sqlite:///", f"sqlite:///{self.folder}/")
        return load_settings({**variables, "BILLING_DATABASE_URL": at})

    async def runs(self, *arguments: str, **changed: str) -> Ran:
        """Run a command, with some variables changed."""
        return await billing(self.folder, *arguments, variables={**self.variables, **changed})

    async def sells(self) -> None:
        """Sell a pack of 500 credits whose payment nobody hears of."""
        await migrate(self.settings)
        container = Container(settings=self.settings)
        pack = a_pack()
        async with opened(container):
            async with container.store().begin() as work:
                await work.packs.add(pack)
                await work.commit()
            started = await container.start_checkout()(
                StartCheckout(
                    account_id=SOMEBODY,
                    channel=STRIPE,
                    item=pack.id,
                    type=OrderType.CREDITS,
                    interval=Interval.MONTHLY,
                    coupon_code=None,
                    success_url=f"{SHOP}/thanks",
                    cancel_url=f"{SHOP}/shop",
                    key=None,
                )
            )
        assert started.order.session_id is not None
        self.fake.world.pay(started.order.session_id)


@asynccontextmanager
async def a_desk(folder: Path) -> AsyncIterator[Desk]:
    fake = FakeStripe(world=StripeWorld(clock=system_clock))
    server = TestServer(fake.app())
    await server.start_server()
    base = str(server.make_url("")).rstrip("/")
    port = str(free_port())
    variables = {**BASE, "BILLING_STRIPE_API_BASE": base, "BILLING_PORT": port}
    try:
        yield Desk(folder=folder, fake=fake, variables=variables)
    finally:
        await server.close()
    assert not fake.problems, "\n".join(fake.problems)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk whose Stripe has lost no payment yet."""
    async with a_desk(tmp_path) as found:
        yield found


async def test_a_lost_payment_is_proposed_then_mended_and_then_there_is_nothing(
    desk: Desk,
) -> None:
    await desk.sells()

    shown = await desk.runs("reconcile", "--channel", "stripe", "--since", "4d")
    mended = await desk.runs("reconcile", "--apply")
    again = await desk.runs("reconcile", "--since", "2026-01-01")
    verified = await desk.runs("verify")

    assert (shown.code, mended.code, again.code) == (1, 0, 0)
    assert any("proposed" in line and "granted 500 credits" in line for line in shown.out)
    assert shown.out[-1] == "Nothing was changed; --apply mends what is proposed."
    assert any("mended" in line and "granted 500 credits" in line for line in mended.out)
    assert again.out[-1].endswith(", 0 differences")
    assert "500 credits outstanding" in verified.out[1]


async def test_a_service_that_holds_the_store_is_asked_to_compare(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        quiet = {
            **desk.variables,
            "BILLING_CHANNELS": "stripe,sandbox",
            "BILLING_DATABASE_URL": "sqlite:///billing.db",
            "BILLING_RECONCILE_SECONDS": "86400",
        }
        await desk.sells()
        async with billing_up(tmp_path, variables=quiet) as up:
            port = {"BILLING_PORT": up.url.rpartition(":")[2]}
            variables = {**quiet, **port}
            shown = await billing(tmp_path, "reconcile", "--apply", variables=variables)
            doctor = await billing(tmp_path, "doctor", variables=variables)

    # At its start the service has mended by itself what was lost.
    assert (shown.code, shown.out[-1].endswith(", 0 differences")) == (0, True)
    assert doctor.code == 0, doctor.out
    assert any("held by the service" in line for line in doctor.out)


async def test_a_command_ends_at_once_when_told_to_as_first_process_of_a_container_too(
    desk: Desk,
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(str(BILLING), "reconcile", "--watch"),
        cwd=desk.folder,
        env={"PATH": "/usr/bin:/bin", **desk.variables},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(40):
            await process.stdout.readline()
            process.terminate()
            await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()

    # A status of its own, and not the signal's: it has handled it, where nobody else would.
    assert process.returncode == 128 + signal.SIGTERM


async def test_watching_mends_what_happens_until_it_is_stopped(desk: Desk) -> None:
    await desk.sells()
    process = await asyncio.create_subprocess_exec(
        *(str(BILLING), "reconcile", "--watch"),
        cwd=desk.folder,
        env={"PATH": "/usr/bin:/bin", **desk.variables},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    said = ""
    try:
        async with asyncio.timeout(40):
            while "mended" not in said:
                said += (await process.stdout.readline()).decode()
            process.send_signal(signal.SIGINT)
            await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()

    assert process.returncode == 0
    assert said.startswith("Comparing every few seconds.")


@pytest.mark.parametrize(
    ("arguments", "changed", "said"),
    [
        (["--since", "4x"], {}, "--since"),
        (["--since", "yesterday"], {}, "--since"),
        (["--channel", "paypal"], {}, "paypal"),
        (["--watch"], {"BILLING_MODE": "live"}, "BILLING_MODE=test"),
        ([], {"BILLING_STRIPE_SECRET_KEY": "sk_live_0"}, "BILLING_STRIPE_SECRET_KEY"),
        ([], {"BILLING_DATABASE_URL": "sqlite:///other.db"}, "billing migrate"),
        ([], {"BILLING_DATABASE_URL": "memory://"}, "BILLING_ADMIN_KEY"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list | dict) else "",
)
async def test_a_comparison_that_cannot_be_made_is_refused_in_one_line(
    desk: Desk, arguments: list[str], changed: dict[str, str], said: str
) -> None:
    await migrate(desk.settings)

    ran = await desk.runs("reconcile", *arguments, **changed)

    assert ran.code == 2
    (line,) = ran.err
    assert said in line


async def test_a_provider_that_refuses_our_key_is_a_problem_and_exit_code_1(desk: Desk) -> None:
    await migrate(desk.settings)

    ran = await desk.runs("reconcile", "--apply", BILLING_STRIPE_SECRET_KEY="sk_test_other")

    assert ran.code == 1
    assert any("problem" in line and "everything since" in line for line in ran.out)


async def test_the_doctor_finds_nothing_wrong_where_everything_is_in_place(desk: Desk) -> None:
    await desk.runs("migrate")
    await desk.runs(*OWNER)

    ran = await desk.runs("doctor")

    assert (ran.code, ran.err) == (0, [])
    assert all(line.startswith("fine ") for line in ran.out)
    assert any("stripe: answers" in line for line in ran.out)
    address = f"http://127.0.0.1:{desk.variables['BILLING_PORT']}/payment/webhook/stripe"
    assert any(line.endswith(address) for line in ran.out)


LIVE = {
    "BILLING_MODE": "live",
    "BILLING_STRIPE_SECRET_KEY": "sk_live_0",
    "BILLING_PUBLIC_URL": "https://billing.example",
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"BILLING_MODE": "nonsense"}, "settings: BILLING_MODE"),
        ({"BILLING_RETURN_ORIGINS": ""}, "return origins: "),
        ({"BILLING_STRIPE_SECRET_KEY": ""}, "stripe: settings: BILLING_STRIPE_SECRET_KEY"),
        ({"BILLING_STRIPE_SECRET_KEY": "sk_live_0"}, "stripe: settings: BILLING_STRIPE_SECRET_KEY"),
        ({"BILLING_STRIPE_SECRET_KEY": "sk_test_other"}, "stripe: answers: "),
        ({"BILLING_STRIPE_API_BASE": "http://127.0.0.1:1"}, "stripe: answers: "),
        ({"BILLING_STRIPE_WEBHOOK_SECRET": ""}, "BILLING_STRIPE_WEBHOOK_SECRET"),
        ({"BILLING_CHANNELS": "paypal"}, "paypal: settings: BILLING_CHANNELS"),
        ({**LIVE, "BILLING_PUBLIC_URL": "https://localhost"}, "public address: "),
        ({**LIVE, "BILLING_PUBLIC_URL": "http://billing.example"}, "public address: "),
        ({"BILLING_DATABASE_URL": "sqlite:///other.db"}, "run `billing migrate`"),
        ({"BILLING_DATABASE_URL": "memory://"}, "service: "),
        ({}, "admins: nobody can get in"),
    ],
    ids=str,
)
async def test_the_doctor_says_what_is_wrong_and_what_to_do(
    desk: Desk, changed: dict[str, str], said: str
) -> None:
    await migrate(desk.settings)

    checks = await examine(lambda: desk.settings_with(changed), None)

    wrong = [f"{each.name}: {each.said}" for each in checks if not each.is_fine]
    assert any(said in line for line in wrong), checks


async def test_a_doctor_who_finds_something_wrong_ends_with_exit_code_1(desk: Desk) -> None:
    ran = await desk.runs("doctor")

    assert (ran.code, ran.err) == (1, [])
    assert any(line.startswith("WRONG  store: ") for line in ran.out)


async def test_the_doctor_shows_a_price_that_differs(desk: Desk) -> None:
    await desk.sells()
    desk.fake.world.sell("price_s", amount=990)
    container = Container(settings=desk.settings)
    async with opened(container), container.store().begin() as work:
        pack = (await work.packs.page(PageRequest())).items[0]
        await work.packs.save(evolve(pack, items=(ProviderItem(STRIPE, None, "price_s"),)))
        await work.commit()

    checks = await examine(lambda: desk.settings, None)

    (said,) = [each.said for each in checks if each.name == "prices"]
    assert said.startswith("Small (price_s at stripe): ")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-01", "2026-11-01T00:00:00Z"),
        ("2026-11-01T12:30", "2026-11-01T12:30:00Z"),
        ("2026-11-01T12:30:00+02:00", "2026-11-01T10:30:00Z"),
    ],
)
def test_an_instant_to_compare_from_is_in_utc_unless_it_says_otherwise(
    text: str, instant: str
) -> None:
    assert since_named(text, load_settings({})) == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    ("text", "ago"),
    [("4d", timedelta(days=4)), ("12h", timedelta(hours=12)), ("30m", timedelta(minutes=30))],
)
def test_an_instant_to_compare_from_may_be_so_long_ago(text: str, ago: timedelta) -> None:
    before = system_clock()
    since = since_named(text, load_settings({}))

    assert before - ago <= since <= system_clock() - ago


NO_DAY_OF_UTC = ("0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00")


@pytest.mark.parametrize(
    "text", ["", "0d", "4", "d", "4x", "-4d", "99999d", "2026-13-01", "now", *NO_DAY_OF_UTC]
)
def test_what_is_no_instant_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidField) as refused:
        since_named(text, load_settings({}))

    assert refused.value.path == "--since"


async def test_a_run_that_the_store_would_not_keep_says_so_beside_what_it_mended(
    desk: Desk,
) -> None:
    await desk.sells()
    with sqlite3.connect(desk.folder / "billing.db") as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON reconciliations "
            "BEGIN SELECT RAISE(ABORT, 'there is no room'); END"
        )
    database.close()

    mended = await desk.runs("reconcile", "--apply")

    assert mended.code == 0
    assert any("granted 500 credits" in line for line in mended.out)
    assert mended.out[-1] == "This run was not kept: the list of runs lacks it."
