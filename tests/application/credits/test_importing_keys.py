"""A row is known again by a written form of it that no release changes."""

from datetime import UTC, datetime, timedelta, timezone

from application.credits.steps.importing import Said, key_of
from domain.credits.ids import AccountId

ADA = AccountId("ada")
SAID: Said = {"amount": 100, "expires_at": datetime(2026, 1, 12, 12, tzinfo=UTC), "email": None}


def fingerprint(said: Said = SAID, *, account_id: AccountId = ADA, key: str = "row-1") -> str:
    return key_of("balance", account_id, key, said).fingerprint


def test_the_written_form_is_the_one_that_keys_have_been_kept_with() -> None:
    assert fingerprint() == "7299fd36607bbf5d22164349692fe0a3d38954e2bf6c98163aded7a13228990a"


def test_what_a_later_release_adds_changes_no_row_that_does_not_say_it() -> None:
    assert fingerprint({**SAID, "scope": None}) == fingerprint()
    assert fingerprint(dict(reversed(list(SAID.items())))) == fingerprint()


def test_one_instant_is_one_however_its_zone_is_written() -> None:
    berlin = datetime(2026, 1, 12, 13, tzinfo=timezone(timedelta(hours=1)))

    assert fingerprint({**SAID, "expires_at": berlin}) == fingerprint()


def test_rows_that_say_different_things_are_different() -> None:
    others = [
        fingerprint({**SAID, "amount": 101}),
        fingerprint({**SAID, "email": "ada@example.com"}),
        fingerprint({**SAID, "email": "x,10:amount=100"}),
        fingerprint(account_id=AccountId("eve")),
        fingerprint(key="row-2"),
    ]

    assert len({fingerprint(), *others}) == 6
