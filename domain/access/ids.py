"""Ids of the access area."""

from typing import NewType

ApiKeyId = NewType("ApiKeyId", str)
AuditId = NewType("AuditId", str)
