"""A little of everything, for tests that move or migrate a whole store."""

from datetime import timedelta

from application.ports.privacy import KeptKey
from application.ports.sandbox import SandboxRecord
from application.ports.store import Store
from domain.credits.ids import AccountId
from tests.adapters.stores.steps import funded, load, write
from tests.support.builders.access import an_account, an_api_key, an_audit_entry
from tests.support.builders.credits import SOMEBODY, a_key, a_write, held, spent
from tests.support.builders.events import a_delivery, an_endpoint, an_event
from tests.support.builders.payments import SANDBOX, an_inbox_event, an_order
from tests.support.builders.promotions import a_check_in, a_code, a_coupon, some_rules
from tests.support.builders.subscriptions import a_pack, a_plan, a_subscription
from tests.support.clock import NOON, fresh_id


async def fill(store: Store) -> None:
    """Let there be something in most tables, with instants, bytes, signs and NULLs in it."""
    other = AccountId("user-ü ☕ 'quoted'")
    for account_id in (SOMEBODY, other):
        wallet = await funded(store, account_id)
        await write(store, a_write(spent(wallet, 7), a_key(owner=account_id)))
        await write(store, held(await load(store, account_id), 10, id=fresh_id()))
    endpoint, event = an_endpoint(), an_event()
    async with store.begin() as work:
        await work.accounts.save(an_account(id=other, zone="Europe/Berlin"))
        await work.api_keys.add(an_api_key())
        await work.audit_log.add(an_audit_entry(at=NOON + timedelta(microseconds=1)))
        coupon = a_coupon()
        await work.coupons.add(coupon, a_code(coupon))
        await work.plans.add(a_plan())
        await work.packs.add(a_pack())
        await work.orders.add(an_order())
        await work.subscriptions.add(a_subscription())
        await work.check_ins.add_rules(some_rules())
        await work.check_ins.add(a_check_in())
        await work.customers.link(SOMEBODY, SANDBOX, "cus_1")
        await work.inbox.add(an_inbox_event(body=bytes(range(256))))
        await work.inbox.add(an_inbox_event(body=b'{"customer": "cus_1"}'))
        await work.outbox.add(event)
        await work.endpoints.add(endpoint)
        await work.deliveries.add([a_delivery(event.id, endpoint.id)])
        await work.sandbox.put(SandboxRecord(kind="customer", id="1", body="{}", due_at=NOON))
        await work.answers.claim(a_key(), KeptKey)
        await work.commit()
