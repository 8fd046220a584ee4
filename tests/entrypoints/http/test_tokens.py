import base64

import pytest

from domain.access.audit import Actor
from domain.access.errors import NotSignedIn
from domain.access.role import Role
from domain.credits.ids import AccountId
from entrypoints.http.minting import DevelopmentTokens
from entrypoints.http.principal import AdminUser, User
from entrypoints.http.token_keys import (
    SharedSecret,
)
from entrypoints.http.tokens import SessionTokens, TokenRules, Tokens
from tests.entrypoints.http.forging import (
    CLAIMS,
    NOW,
    Time,
    changed,
    seconds,
    segment,
    signed,
    signed_text,
    tokens,
)
from tests.entrypoints.http.sample import RULES, SECRET


async def test_a_users_token_names_the_account() -> None:
    more = {"email": "a@shop.example", "zoneinfo": "Asia/Tokyo", "role": "owner", "scope": "all"}

    assert await tokens().user(signed(CLAIMS)) == User(account_id=AccountId("user-1"))
    assert await tokens().user(signed(changed(**more))) == User(
        account_id=AccountId("user-1"), email="a@shop.example", zone="Asia/Tokyo"
    )


async def test_another_claim_may_name_the_account() -> None:
    rules = TokenRules(issuer=RULES.issuer, audience=RULES.audience, account_claim="org")

    user = await tokens(rules=rules).user(signed(changed(org="org-7")))

    assert user.account_id == "org-7"
    with pytest.raises(NotSignedIn):
        await tokens(rules=rules).user(signed(CLAIMS))


async def test_an_admins_token_carries_the_role_and_says_until_when() -> None:
    token = signed(changed(aud=RULES.admin_audience, sub="admin-1", role="treasurer"))

    assert await tokens().admin(token) == AdminUser(
        actor=Actor(id="admin-1"), role=Role.TREASURER, expires_s=NOW + 60
    )


@pytest.mark.parametrize(
    "claims",
    [
        changed(iss="https://evil.example"),
        changed(iss=[RULES.issuer]),
        changed(iss=...),
        changed(aud="another"),
        changed(aud=["another"]),
        changed(aud=[]),
        changed(aud=[["shop"]]),
        changed(aud={"shop": 1}),
        changed(aud=...),
        changed(aud=RULES.admin_audience),
        changed(aud=[RULES.audience, RULES.admin_audience]),
        changed(exp=NOW - 31),
        changed(exp=0),
        changed(exp=-1),
        changed(exp=...),
        changed(exp=None),
        changed(exp=True),
        changed(exp=str(NOW + 60)),
        changed(exp=float("nan")),
        changed(exp=float("inf")),
        changed(nbf=NOW + 61),
        changed(iat=NOW + 61),
        changed(iat="now"),
        changed(sub=...),
        changed(sub=None),
        changed(sub=""),
        changed(sub=5),
        changed(sub=["user-1"]),
        changed(sub=" user-1"),
        changed(sub="user\x00"),
        changed(sub="user\n1"),
        changed(sub="u" * 129),
        [],
        "claims",
        None,
        {},
    ],
)
async def test_a_token_that_lacks_what_it_must_say_does_not_count(claims: object) -> None:
    with pytest.raises(NotSignedIn):
        await tokens().user(signed(claims))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "....",
        signed(CLAIMS) + "x",
        signed(CLAIMS) + ".x",
        signed(CLAIMS)[:-2],
        signed(CLAIMS).rpartition(".")[0] + ".",
        signed(CLAIMS, secret=SECRET + "x"),
        f"{segment({'alg': 'none'})}.{segment(CLAIMS)}.",
        f"{segment({'alg': 'None'})}.{segment(CLAIMS)}.",
        signed(CLAIMS, {"alg": "none"}),
        signed(CLAIMS, {"alg": "HS512"}),
        signed(CLAIMS, {"alg": "RS256"}),
        signed(CLAIMS, {"alg": "hs256"}),
        signed(CLAIMS, {"alg": ["HS256"]}),
        signed(CLAIMS, {"alg": None}),
        signed(CLAIMS, {"typ": "JWT"}),
        signed(CLAIMS, ["alg"]),
        signed(CLAIMS, "alg"),
        signed(CLAIMS, {"alg": "HS256", "kid": {"a": 1}}),
        signed(CLAIMS, {"alg": "HS256", "crit": ["exp"], "exp": 1}),
        signed(CLAIMS, {"alg": "HS256", "b64": False, "crit": ["b64"]}),
        signed(CLAIMS, {"alg": "HS256", "typ": "billing-session+jwt"}),
        signed(CLAIMS, {"alg": "HS256", "x5c": ["a" * 4000]}),
        "[" * 3000 + ".a.b",
        base64.urlsafe_b64encode(b"[" * 1500).decode() + ".e30.e30",
        "ü.e30.e30",
        "a" * 200_000,
    ],
)
async def test_a_forged_or_broken_token_does_not_count(token: str) -> None:
    with pytest.raises(NotSignedIn):
        await tokens().user(token)
    with pytest.raises(NotSignedIn):
        await tokens().admin(token)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "HS256", "kid": "../../dev/null"},
        {"alg": "HS256", "kid": "' OR 1=1"},
        {"alg": "HS256", "jku": "https://evil.example/keys"},
        {"alg": "HS256", "jwk": {"kty": "oct", "k": "AAAA"}},
        {"alg": "HS256", "typ": "at+jwt"},
    ],
)
async def test_a_header_cannot_choose_the_key(header: dict[str, object]) -> None:
    await tokens().user(signed(CLAIMS, header))
    with pytest.raises(NotSignedIn):
        await tokens().user(signed(CLAIMS, header, secret="\x00" * 32))


@pytest.mark.parametrize("leeway_s", [-1, 61])
def test_leeway_is_short(leeway_s: int) -> None:
    with pytest.raises(ValueError, match="seconds"):
        TokenRules(issuer="i", audience="a", leeway_s=leeway_s)


async def test_clocks_may_differ_by_the_leeway() -> None:
    await tokens().user(signed(changed(exp=NOW - 29, nbf=NOW + 30)))


@pytest.mark.parametrize(
    "claims",
    [
        changed(role="owner"),
        changed(aud=[RULES.audience, RULES.admin_audience], role="owner"),
        changed(aud=RULES.admin_audience),
        changed(aud=RULES.admin_audience, role="root"),
        changed(aud=RULES.admin_audience, role=["owner"]),
        changed(aud=RULES.admin_audience, role={"owner": 1}),
        changed(aud=RULES.admin_audience, role="OWNER"),
    ],
)
async def test_a_users_token_or_one_without_a_role_makes_nobody_an_admin(claims: object) -> None:
    with pytest.raises(NotSignedIn):
        await tokens().admin(signed(claims))


async def test_without_an_admin_audience_no_token_makes_an_admin() -> None:
    rules = TokenRules(issuer=RULES.issuer, audience=RULES.audience)

    with pytest.raises(NotSignedIn, match="configured"):
        await tokens(rules=rules).admin(signed(changed(aud=None, role="owner")))


async def test_what_is_not_configured_is_off() -> None:
    off = Tokens(login=None, sessions=None)
    session, _ = SessionTokens(secret=SECRET, seconds=seconds).mint(AccountId("user-1"), 60)

    for token in (signed(CLAIMS), session):
        with pytest.raises(NotSignedIn, match="configured"):
            await off.user(token)
    with pytest.raises(NotSignedIn, match="configured"):
        await off.admin(signed(CLAIMS))


def test_a_shared_secret_must_be_long() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SharedSecret("x" * 31)


async def test_a_session_token_is_its_accounts_until_it_expires() -> None:
    time = Time()
    sessions = SessionTokens(secret=SECRET, seconds=time)
    every = Tokens(login=None, sessions=sessions)

    token, expires_at = sessions.mint(AccountId("org ä"), 60)

    assert expires_at == NOW + 60
    assert await every.user(token) == User(account_id=AccountId("org ä"))
    time.seconds = NOW + 60
    with pytest.raises(NotSignedIn, match="expired"):
        await every.user(token)


async def test_a_session_token_opens_nothing_else() -> None:
    token, _ = SessionTokens(secret=SECRET, seconds=seconds).mint(AccountId("user-1"), 60)
    other = Tokens(login=None, sessions=SessionTokens(secret=SECRET[::-1], seconds=seconds))

    with pytest.raises(NotSignedIn):
        await tokens().admin(token)
    with pytest.raises(NotSignedIn):
        await other.user(token)


async def test_development_tokens_are_as_the_login_makes_them() -> None:
    rules = TokenRules(issuer="i", audience="a", admin_audience="b", account_claim="org")
    development = DevelopmentTokens(rules=rules, secret=SECRET, seconds=seconds)
    every = tokens(rules=rules)

    assert (await every.user(development.user("org-1", 60))).account_id == "org-1"
    assert (await every.admin(development.admin("me", Role.VIEWER, 60))).role is Role.VIEWER
    with pytest.raises(NotSignedIn):
        await every.admin(development.user("org-1", 60))
    with pytest.raises(NotSignedIn):
        await every.user(development.admin("me", Role.OWNER, 60))


async def test_claims_that_are_nested_without_end_do_not_count() -> None:
    nested = f'{{"a": {"[" * 3000}{"]" * 3000}}}'

    with pytest.raises(NotSignedIn):
        await tokens().user(signed_text(nested))
