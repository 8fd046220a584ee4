"""Commands about holds, and a plain model of what they do to a balance."""

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random

from attrs import Factory, define, frozen

from application.ports.idempotency import RequestKey
from application.ports.system import NewId
from application.wallets.receipts import receipt_of_hold
from application.wallets.wallet_command import Decided
from domain.credits.errors import HoldNotOpen, InsufficientCredits, KeyReused
from domain.credits.hold import HoldTerms, Silence
from domain.credits.ids import AccountId, HoldId
from domain.credits.wallet import Wallet
from tests.application.scripted_ledger import Give, Take, give, take
from tests.support.builders.credits import a_key, a_text

TTL = timedelta(minutes=10)


@frozen(kw_only=True)
class HoldCommand:
    """Place, extend, capture or release the hold of this name."""

    deed: str
    hold_id: HoldId
    amount: int
    silence: Silence
    account_id: AccountId
    key: RequestKey
    is_kept_for_ever: bool = False

    def decide(self, wallet: Wallet, now: datetime, new_id: NewId) -> Decided:
        match self.deed:
            case "place":
                terms = HoldTerms(amount=self.amount, ttl=TTL, silence=self.silence, text=a_text())
                posting = wallet.hold(terms, hold_id=self.hold_id, now=now, new_id=new_id)
            case "extend":
                posting = wallet.extend(
                    self.hold_id, ttl=TTL, reported=self.amount, now=now, new_id=new_id
                )
            case "capture":
                posting = wallet.capture(self.hold_id, self.amount, now=now, new_id=new_id)
            case _:
                posting = wallet.release(self.hold_id, now=now, new_id=new_id)
        return Decided(posting=posting, receipt=receipt_of_hold(posting, self.hold_id, now))


Command = HoldCommand | Take | Give
Answered = tuple[int, int, int] | type[Exception]
"""What a command moved, and balance and available right after; or how it was refused."""


@define
class OpenHold:
    """A hold of the model."""

    account_id: AccountId
    amount: int
    silence: Silence
    expires_at: datetime
    reported: int = 0

    @property
    def due(self) -> int:
        """What it comes to if nobody ends it."""
        return {
            Silence.RELEASE: 0,
            Silence.CAPTURE_REPORTED: self.reported,
            Silence.CAPTURE_ALL: max(self.amount, self.reported),
        }[self.silence]


@define
class HoldModel:
    """Balances, open holds, and the answers that were given."""

    balances: dict[AccountId, int] = Factory(lambda: defaultdict(int))
    holds: dict[HoldId, OpenHold] = Factory(dict)
    answers: dict[tuple[str, str, str], tuple[str, Answered]] = Factory(dict)

    def available(self, account_id: AccountId) -> int:
        """Return what is set aside for nobody."""
        own = [hold.amount for hold in self.holds.values() if hold.account_id == account_id]
        return self.balances[account_id] - sum(own)

    def passed(self, now: datetime) -> None:
        """Let every hold end whose time is up, in the order of their times."""
        over = [(hold.expires_at, name) for name, hold in self.holds.items()]
        for expires_at, name in sorted(over):
            if expires_at <= now:
                self._end(name, self.holds[name].due)

    def expects(self, command: Command, now: datetime) -> Answered:
        """Carry a command out, and return what it must answer."""
        assert command.key is not None
        name, request = command.key.name, command.key.fingerprint
        if name in self.answers:
            first, answer = self.answers[name]
            return answer if first == request else KeyReused
        self.passed(now)
        done = self._carried_out(command, now)
        if isinstance(done, type):
            return done
        account_id = command.account_id
        answer = (done, self.balances[account_id], self.available(account_id))
        self.answers[name] = (request, answer)
        return answer

    def _carried_out(self, command: Command, now: datetime) -> int | type[Exception]:
        account_id = command.account_id
        match command:
            case Give(terms=terms):
                self.balances[account_id] += terms.amount
                return terms.amount
            case Take(amount=amount):
                if amount > self.available(account_id):
                    return InsufficientCredits
                self.balances[account_id] -= amount
                return -amount
            case HoldCommand(deed="place", amount=amount):
                if amount > self.available(account_id):
                    return InsufficientCredits
                self.holds[command.hold_id] = OpenHold(
                    account_id, amount, command.silence, now + TTL
                )
                return 0
        hold = self.holds.get(command.hold_id)
        if hold is None or hold.account_id != account_id:
            return HoldNotOpen
        if command.deed == "extend":
            hold.expires_at = max(hold.expires_at, now + TTL)
            hold.reported = max(hold.reported, command.amount)
            return 0
        return -self._end(command.hold_id, command.amount if command.deed == "capture" else 0)

    def _end(self, name: HoldId, amount: int) -> int:
        """Charge what was held, and beyond it what there is."""
        hold = self.holds.pop(name)
        charged = min(amount, max(0, self.available(hold.account_id)))
        self.balances[hold.account_id] -= charged
        return charged


@define
class Commands:
    """Random commands, some of them repeats under one key, about holds that were named before."""

    random: Random
    accounts: list[AccountId]
    sent: list[Command] = Factory(list)

    def next(self) -> Command:
        """Return one more command."""
        random = self.random
        if self.sent and random.random() < 0.1:
            return random.choice(self.sent)
        account_id = random.choice(self.accounts)
        number = len(self.sent)
        chance = random.random()
        command: Command
        if chance < 0.2:
            command = give(random.randint(1, 60), account_id=account_id, key=f"key-{number}")
        elif chance < 0.4:
            command = take(random.randint(1, 15), account_id=account_id, key=f"key-{number}")
        else:
            command = self._about_a_hold(account_id, number)
        self.sent.append(command)
        return command

    def _about_a_hold(self, account_id: AccountId, number: int) -> HoldCommand:
        placed = [
            each for each in self.sent if isinstance(each, HoldCommand) and each.deed == "place"
        ][-8:]
        if not placed or self.random.random() < 0.4:
            deed, hold_id = "place", HoldId(f"hold-{number}")
        else:
            about = self.random.choice(placed)
            account_id, hold_id = about.account_id, about.hold_id
            deed = self.random.choice(["extend", "capture", "release"])
        amount = self.random.randint(1, 25)
        return HoldCommand(
            deed=deed,
            hold_id=hold_id,
            amount=amount,
            silence=self.random.choice(list(Silence)),
            account_id=account_id,
            key=a_key(owner=account_id, key=f"key-{number}", fingerprint=f"{deed} {amount}"),
        )
