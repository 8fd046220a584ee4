"""The use cases of holds, lots and limits, each over what the container has made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from application.credits.capture_hold import CapturingHold
from application.credits.extend_hold import ExtendingHold
from application.credits.give_grant import GivingGrant
from application.credits.limit_account import ReadingAlerts, SettingAlerts, SettingOverdraft
from application.credits.list_grants import ListingGrants
from application.credits.list_holds import ListingHolds, ReadingHold
from application.credits.place_hold import PlacingHold
from application.credits.refund_usage import RefundingUsage
from application.credits.release_hold import ReleasingHold
from application.credits.release_hold_by_hand import ReleasingHoldByHand
from application.credits.set_freeze import SettingFreeze
from application.credits.steps.open_holds import OpenHolds
from application.credits.void_grant import VoidingGrant

if TYPE_CHECKING:
    from entrypoints.container import Container


@frozen(kw_only=True)
class HoldsAndLots:
    """What is done with an account's holds and lots, and with the limits it may spend to."""

    place_hold: PlacingHold
    extend_hold: ExtendingHold
    capture_hold: CapturingHold
    release_hold: ReleasingHold
    release_hold_by_hand: ReleasingHoldByHand
    read_hold: ReadingHold
    list_holds: ListingHolds
    refund_usage: RefundingUsage
    list_grants: ListingGrants
    give_grant: GivingGrant
    void_grant: VoidingGrant
    set_overdraft: SettingOverdraft
    set_alerts: SettingAlerts
    read_alerts: ReadingAlerts
    set_freeze: SettingFreeze


def holds_and_lots_of(made: Container) -> HoldsAndLots:
    """Return the use cases."""
    begin, read, commit = made.begin(), made.read(), made.group_commit()
    clock, new_id = made.clock(), made.new_id()
    charging, settlement = made.charging(), made.settlement()
    holds = OpenHolds(commit=commit, read=read)
    return HoldsAndLots(
        place_hold=PlacingHold(commit=commit, charging=charging, new_id=new_id),
        extend_hold=ExtendingHold(holds=holds, charging=charging),
        capture_hold=CapturingHold(holds=holds, charging=charging, new_id=new_id),
        release_hold=ReleasingHold(holds=holds),
        release_hold_by_hand=ReleasingHoldByHand(begin=begin, clock=clock, new_id=new_id),
        read_hold=ReadingHold(read=read, settlement=settlement),
        list_holds=ListingHolds(read=read, settlement=settlement),
        refund_usage=RefundingUsage(begin=begin, clock=clock, new_id=new_id),
        list_grants=ListingGrants(read=read, settlement=settlement, clock=clock),
        give_grant=GivingGrant(begin=begin, clock=clock, new_id=new_id),
        void_grant=VoidingGrant(begin=begin, clock=clock, new_id=new_id),
        set_overdraft=SettingOverdraft(begin=begin, clock=clock, new_id=new_id),
        set_alerts=SettingAlerts(begin=begin, clock=clock, new_id=new_id),
        read_alerts=ReadingAlerts(ledger=made.store().ledger),
        set_freeze=SettingFreeze(begin=begin, clock=clock, new_id=new_id),
    )
