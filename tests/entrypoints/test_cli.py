"""The command line: what it answers, and the one line with which it refuses."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from entrypoints.settings import VARIABLES
from tests.support.command_line import BILLING, billing, free_port, run

SECRET = "a secret of at least thirty-two bytes"
SIGNED_HERE = {
    "BILLING_MODE": "test",
    "BILLING_JWT_SECRET": SECRET,
    "BILLING_JWT_ISSUER": "the product",
    "BILLING_JWT_AUDIENCE": "users",
    "BILLING_JWT_ADMIN_AUDIENCE": "admins",
}
SIGNED_ELSEWHERE = {
    "BILLING_MODE": "test",
    "BILLING_JWT_JWKS_URL": "https://login.example.com/keys",
    "BILLING_JWT_ISSUER": "the product",
    "BILLING_JWT_AUDIENCE": "users",
}
ON_FILE = {"BILLING_DATABASE_URL": "sqlite:///billing.db"}
NOWHERE = {"BILLING_DATABASE_URL": "postgresql://billing:billing@127.0.0.1:1/billing"}
IN_MEMORY = {"BILLING_DATABASE_URL": "memory://"}


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (["nonsense"], {}, "nonsense"),
        (["demo", "--customers", "0"], {}, "--customers"),
        (["serve", "--nonsense"], {}, "--nonsense"),
        (["token"], SIGNED_HERE, "--subject"),
        (["token", "--admin"], SIGNED_HERE, "--role"),
        (["token", "--subject", "a", "--role", "owner"], SIGNED_HERE, "--admin"),
        (["token", "--admin", "--role", "king"], SIGNED_HERE, "viewer"),
        (["token", "--subject", "a", "--ttl", "0"], SIGNED_HERE, "--ttl"),
        (["token", "--subject", " a"], SIGNED_HERE, "--subject"),
        (["token", "--subject", "a"], {}, "BILLING_JWT_SECRET"),
        (["token", "--subject", "a"], SIGNED_ELSEWHERE, "BILLING_JWT_SECRET"),
        (["token", "--subject", "a"], {**SIGNED_HERE, "BILLING_MODE": "live"}, "BILLING_MODE"),
        (
            ["token", "--admin", "--role", "owner"],
            {**SIGNED_HERE, "BILLING_JWT_ADMIN_AUDIENCE": ""},
            "BILLING_JWT_ADMIN_AUDIENCE",
        ),
        (["serve"], {"BILLING_PORT": "eighty"}, "BILLING_PORT"),
        (["worker"], {"BILLING_CHANNELS": "sandbox"}, "BILLING_CHANNELS"),
        (["worker"], {"BILLING_PROT": "1"}, "BILLING_PORT"),
        (["up"], {"BILLING_MODE": "live", "BILLING_CHANNELS": ""}, "BILLING_MODE"),
        (["keys", "create", "--name", "a"], ON_FILE, "billing migrate"),
        (["keys", "create", "--name", "a", "--scopes", "credits:burn"], ON_FILE, "credits:spend"),
        (["keys", "list"], IN_MEMORY, "BILLING_ADMIN_KEY"),
        (["keys", "list", "--key", "bk_1_2"], IN_MEMORY, "is it running?"),
        (["rates", "show"], ON_FILE, "billing migrate"),
        (["rates", "export"], IN_MEMORY, "BILLING_ADMIN_KEY"),
        (["rates", "import", "no-such-file.json"], IN_MEMORY, "no-such-file.json"),
        (["verify"], ON_FILE, "billing migrate"),
        (["verify"], IN_MEMORY, "BILLING_ADMIN_KEY"),
        (["verify"], NOWHERE, "BILLING_DATABASE_URL: the store does not answer"),
        (["serve"], NOWHERE, "BILLING_DATABASE_URL: the store does not answer"),
        (["migrate"], {"BILLING_DATABASE_URL": "sqlite:///no/such/folder.db"}, "no/such/folder.db"),
        (["verify"], {"BILLING_DATABASE_URL": "sqlite:////usr"}, "/usr: Is a directory"),
        (["migrate"], {"BILLING_DATABASE_URL": "sqlite:////usr"}, "/usr: Is a directory"),
        (["verify"], {"BILLING_DATABASE_URL": "sqlite:////etc/passwd"}, "is not a database"),
        (["demo"], ON_FILE, "BILLING_MODE"),
        (["demo"], IN_MEMORY, "memory://"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
async def test_a_refusal_is_one_line_on_the_standard_error_and_exit_code_2(
    arguments: list[str], variables: dict[str, str], said: str, tmp_path: Path
) -> None:
    ran = await billing(
        tmp_path, *arguments, variables={"BILLING_PORT": str(free_port()), **variables}
    )

    assert (ran.code, ran.out) == (2, [])
    (line,) = ran.err
    assert line.startswith("billing: ")
    assert said in line


async def test_help_names_every_command(tmp_path: Path) -> None:
    ran = await billing(tmp_path, "--help")

    assert ran.code == 0
    commands = ("up", "serve", "worker", "migrate", "demo", "token", "keys", "rates", "verify")
    for command in (*commands, "reconcile", "doctor"):
        assert any(line.split()[1:2] == [command] for line in ran.out), command


async def test_the_command_line_itself_loads_nothing_heavy(tmp_path: Path) -> None:
    heavy = {"aiohttp", "alembic", "dependency_injector", "joserfc", "sqlalchemy"}
    program = f"import sys, entrypoints.cli; print(sorted({heavy} & set(sys.modules)))"

    ran = await run(sys.executable, "-c", program, folder=tmp_path)

    assert ran.out == ["[]"]


async def test_a_users_token_stands_alone_on_the_last_line(tmp_path: Path) -> None:
    ran = await billing(
        tmp_path, "token", "--subject", "user-1042", "--ttl", "60", variables=SIGNED_HERE
    )

    assert (ran.code, len(ran.out)) == (0, 1)
    claims = jwt.decode(ran.out[-1], OctKey.import_key(SECRET)).claims
    assert (claims["sub"], claims["aud"], claims["iss"]) == ("user-1042", "users", "the product")
    assert claims["exp"] - claims["iat"] == 60


async def test_an_admins_token_carries_the_role(tmp_path: Path) -> None:
    ran = await billing(tmp_path, "token", "--admin", "--role", "treasurer", variables=SIGNED_HERE)

    claims = jwt.decode(ran.out[-1], OctKey.import_key(SECRET)).claims
    assert (claims["role"], claims["aud"]) == ("treasurer", "admins")


async def test_every_setting_is_listed_with_its_default(tmp_path: Path) -> None:
    ran = await billing(tmp_path, "settings")

    first_words = {line.split(" ")[0] for line in ran.out}
    assert ran.code == 0
    assert {variable.name for variable in VARIABLES} <= first_words
    assert any("sqlite:///billing.db" in line for line in ran.out)


async def test_migrating_says_what_it_did(tmp_path: Path) -> None:
    first = await billing(tmp_path, "migrate", variables=ON_FILE)
    second = await billing(tmp_path, "migrate", variables=ON_FILE)
    nothing = await billing(tmp_path, "migrate", variables=IN_MEMORY)

    assert [ran.code for ran in (first, second, nothing)] == [0, 0, 0]
    assert first.out == ["The schema of billing.db was brought up to date."]
    assert second.out == ["The schema of billing.db is up to date: there is nothing to do."]
    assert "nothing to do" in nothing.out[0]


@pytest.mark.parametrize("command", ["migrate", "serve", "keys list"])
async def test_a_file_that_is_no_database_is_named_in_one_line(
    command: str, tmp_path: Path
) -> None:
    (tmp_path / "billing.db").write_text("a shopping list, and no database " * 10)

    ran = await billing(tmp_path, *command.split(), variables=ON_FILE)

    assert (ran.code, ran.out) == (2, [])
    (line,) = [each for each in ran.err if "SQLite" not in each]
    assert line.endswith("(billing.db: file is not a database)")


async def test_up_beside_a_folder_of_the_databases_name_is_refused_in_one_line(
    tmp_path: Path,
) -> None:
    (tmp_path / ".billing" / "billing.db").mkdir(parents=True)

    ran = await billing(tmp_path, "up", variables={"BILLING_PORT": str(free_port())})

    assert (ran.code, ran.out) == (2, [])
    assert ran.err == ["billing: .billing/billing.db: Is a directory"]


@pytest.mark.parametrize(("login", "is_warned"), [({}, True), (SIGNED_HERE, False)])
async def test_serving_is_said_in_one_line_and_that_nobody_can_sign_in_in_another(
    login: dict[str, str], is_warned: bool
) -> None:
    port = str(free_port())
    variables = {**IN_MEMORY, **login, "BILLING_PORT": port, "PATH": "/usr/bin:/bin"}
    process = await asyncio.create_subprocess_exec(
        *(str(BILLING), "serve"), env=variables, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    said = ""
    try:
        async with asyncio.timeout(30):
            while '"event": "serving"' not in said:
                said = (await process.stderr.readline()).decode()
            process.terminate()
            _, rest = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()

    line = json.loads(said)
    assert line["address"] == f"http://127.0.0.1:{port}"
    assert (line["mode"], line["store"], line["channels"]) == (
        variables.get("BILLING_MODE", "live"),
        "memory",
        [],
    )
    assert (b"nobody_can_sign_in" in rest) is is_warned
