"""What a load asks for, in a form that can be asked for again: each must happen exactly once."""

from collections.abc import Callable
from random import Random

from attrs import define

from adapters.system import new_id
from tests.races.told import Purchase, paid, webhook
from tests.races.world import AWARD, PACK_CREDITS, Violations, World, an_account, purchase_of
from tests.support.load import Reply, Request

_AMOUNT_MAX = 9


@define(kw_only=True)
class Deed:
    """One thing asked for: how it is asked, and what it does to the account's balance.

    `first` is its first good answer. `is_tried` says that it may have happened. A check-in that is
    refused because it has happened has happened, as `done_by_code` says.
    """

    name: str
    ask: Callable[[], Request]
    account_id: str
    effect: int
    is_keyed: bool = True
    done_by_code: str | None = None
    first: Reply | None = None
    is_tried: bool = False

    def take(self, reply: Reply) -> Violations:
        """Note an answer that is no 503, and say what is wrong with it."""
        is_done = reply.is_done or (self.done_by_code is not None and self._is_refused_by(reply))
        if not is_done:
            return [f"{self.name} was answered {reply.status} {reply.body}"]
        first, self.first = self.first, self.first or reply
        self.is_tried = True
        if first is None:
            return []
        if self.is_keyed and not reply.is_replay:
            return [f"{self.name} was acknowledged, and was done again: {first} then {reply}"]
        if self.is_keyed and reply.body != first.body:
            return [f"{self.name} has two answers: {first} and {reply}"]
        if self.done_by_code is not None and reply.is_done:
            return [f"{self.name} was acknowledged, and succeeds again: {first} then {reply}"]
        return []

    def _is_refused_by(self, reply: Reply) -> bool:
        return self.is_tried and reply.code == self.done_by_code


def a_spend(world: World, account_id: str, amount: int) -> Deed:
    """Return a spend under a key of its own."""
    request = world.spending(account_id, amount)
    return Deed(
        name=f"spend {request.key}", ask=lambda: request, account_id=account_id, effect=-amount
    )


def an_adjustment(world: World, account_id: str, amount: int) -> Deed:
    """Return an adjustment by hand under a key of its own."""
    request = world.adjusting(account_id, amount)
    return Deed(
        name=f"adjustment {request.key}",
        ask=lambda: request,
        account_id=account_id,
        effect=amount,
    )


def a_check_in(world: World) -> Deed:
    """Return a check-in of an account that has none yet."""
    account_id = an_account("visitor")
    return Deed(
        name=f"check-in of {account_id}",
        ask=lambda: world.checking_in(account_id),
        account_id=account_id,
        effect=AWARD,
        is_keyed=False,
        done_by_code="already_checked_in",
    )


def a_checkout(world: World) -> Deed:
    """Return the start of a checkout under a key of its own."""
    account_id = an_account("buyer")
    request = world.buying(account_id, key=f"buy-{new_id()}")
    return Deed(
        name=f"checkout {request.key}", ask=lambda: request, account_id=account_id, effect=0
    )


def a_payment(checkout: Deed) -> Deed:
    """Return the news that a checkout was paid: one event, signed anew on every delivery."""
    assert checkout.first is not None
    purchase: Purchase = purchase_of(checkout.first, checkout.account_id)
    event = paid(purchase)
    return Deed(
        name=f"payment of {purchase.order_id}",
        ask=lambda: webhook(event),
        account_id=checkout.account_id,
        effect=PACK_CREDITS,
        is_keyed=False,
    )


def any_deed(world: World, spenders: list[str], random: Random) -> Deed:
    """Draw something to ask for: spends most of all."""
    account_id = random.choice(spenders)
    amount = random.randint(1, _AMOUNT_MAX)
    match random.randrange(8):
        case 0:
            return a_check_in(world)
        case 1 | 2:
            return a_checkout(world)
        case 3:
            return an_adjustment(world, account_id, random.choice((-1, 1)) * amount)
        case _:
            return a_spend(world, account_id, amount)
