"""The use cases of events out, each over what the container has made."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import frozen

from application.events.deliver_events import DeliveringEvents
from application.events.fan_out import FanningOut
from application.events.forget_events import ForgettingEvents
from application.events.manage_endpoints import (
    ChangingEndpoint,
    CreatingEndpoint,
    DeletingEndpoint,
    SwitchingEndpoint,
)
from application.events.read_endpoints import ListingEndpoints, ReadingEndpoint
from application.events.read_events import ListingOutgoing, ReadingOutgoing
from application.events.redeliver_events import RedeliveringEvents
from application.events.rotate_secret import RotatingSecret
from application.events.send_test import SendingTestEvent

if TYPE_CHECKING:
    from entrypoints.container import Container


@frozen(kw_only=True)
class EventsOut:
    """Everything that is done with events and the endpoints they go to."""

    fan_out: FanningOut
    deliver_events: DeliveringEvents
    forget_events: ForgettingEvents
    list_outgoing: ListingOutgoing
    read_outgoing: ReadingOutgoing
    redeliver_events: RedeliveringEvents
    list_endpoints: ListingEndpoints
    read_endpoint: ReadingEndpoint
    create_endpoint: CreatingEndpoint
    change_endpoint: ChangingEndpoint
    switch_endpoint: SwitchingEndpoint
    delete_endpoint: DeletingEndpoint
    rotate_secret: RotatingSecret
    send_test_event: SendingTestEvent


def events_out_of(made: Container) -> EventsOut:
    """Return the use cases; deliveries go by the wall's clock, whatever clock drives billing."""
    begin, read, sender = made.begin(), made.read(), made.webhook_sender()
    clock, wall_clock, new_id = made.clock(), made.wall_clock(), made.new_id()
    return EventsOut(
        fan_out=FanningOut(begin=begin, wall_clock=wall_clock),
        deliver_events=DeliveringEvents(
            begin=begin,
            read=read,
            send=sender,
            clock=clock,
            wall_clock=wall_clock,
            new_id=new_id,
            chance=made.chance(),
            alarm=made.alarm(),
        ),
        forget_events=ForgettingEvents(
            begin=begin,
            wall_clock=wall_clock,
            kept_for=timedelta(days=made.settings().operating.event_days),
        ),
        list_outgoing=ListingOutgoing(read=read),
        read_outgoing=ReadingOutgoing(read=read),
        redeliver_events=RedeliveringEvents(
            begin=begin, read=read, wall_clock=wall_clock, new_id=new_id
        ),
        list_endpoints=ListingEndpoints(read=read),
        read_endpoint=ReadingEndpoint(read=read),
        create_endpoint=CreatingEndpoint(
            begin=begin,
            wall_clock=wall_clock,
            new_id=new_id,
            new_secret=made.new_secret(),
            check_url=sender.check_url,
        ),
        change_endpoint=ChangingEndpoint(
            begin=begin, wall_clock=wall_clock, new_id=new_id, check_url=sender.check_url
        ),
        switch_endpoint=SwitchingEndpoint(begin=begin, wall_clock=wall_clock, new_id=new_id),
        delete_endpoint=DeletingEndpoint(begin=begin, wall_clock=wall_clock, new_id=new_id),
        rotate_secret=RotatingSecret(
            begin=begin, wall_clock=wall_clock, new_id=new_id, new_secret=made.new_secret()
        ),
        send_test_event=SendingTestEvent(
            begin=begin, clock=clock, wall_clock=wall_clock, new_id=new_id
        ),
    )
