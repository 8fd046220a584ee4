"""What the console says after something was done. The address names a line, never the text."""

from __future__ import annotations

from collections.abc import Mapping

NOTICES: Mapping[str, str] = {
    "adjusted": "The credits were adjusted.",
    "frozen": "The account may spend nothing until somebody lets it spend again.",
    "unfrozen": "The account may spend again.",
    "hold-released": "The hold was released; its credits may be spent again.",
    "subscription-changed": "It is done; the history says so.",
    "granted": "The credits were given.",
    "plan-changed": "The plan was changed.",
    "plan-change-scheduled": "The plan changes when the paid period ends.",
    "plan-change-asked": "The change was asked for; the provider has not answered yet.",
    "plan-change-withdrawn": "The change that was waiting was taken back.",
    "comped": "The subscription was given.",
    "erased": "What named a person was erased.",
    "refunded": "The refund was written down and sent to the provider.",
    "plan-saved": "The plan was saved.",
    "page-moved": "Those are moved with their next period. Here are the next ones.",
    "plan-migrated": "They are moved with their next period.",
    "pack-saved": "The credit pack was saved.",
    "coupon-created": "The coupon was created.",
    "rates-published": "The rates were published.",
    "coupon-saved": "The coupon was saved.",
    "coupon-archived": "The coupon counts for nothing new from now on.",
    "coupon-unarchived": "The coupon counts again.",
    "codes-made": "The codes were made.",
    "code-off": "The code is switched off.",
    "code-on": "The code counts again.",
    "rules-saved": "The check-in rules were saved.",
    "replayed": "The event was applied anew.",
    "endpoint-saved": "The endpoint was saved.",
    "endpoint-switched": "The endpoint was switched.",
    "endpoint-deleted": "The endpoint was deleted.",
    "test-sent": "The test is on its way; reload to see what became of it.",
    "redelivered": "The event is on its way again.",
    "resolved": "The dispute was resolved.",
    "revoked": "The API key was revoked.",
    "signed-out": "You are signed out.",
}
