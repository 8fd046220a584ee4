"""The OpenAPI document of this version, made without starting the service."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from entrypoints.container import Container
from entrypoints.http.health import HealthApi
from entrypoints.http.openapi import document_of
from entrypoints.settings import load_settings

URL = "http://127.0.0.1:8080"
_VARIABLES: Mapping[str, str] = {
    "BILLING_DATABASE_URL": "memory://",
    "BILLING_PUBLIC_URL": URL,
    "BILLING_MODE": "test",
    "BILLING_CHANNELS": "sandbox",
    "BILLING_SANDBOX_WEBHOOK_SECRET": "nothing is signed while pages are made",
    "BILLING_CLOCK": "virtual",
}


@cache
def openapi_document() -> Mapping[str, Any]:
    """Return the document as `/openapi.json` answers it, the sandbox's routes included."""
    container = Container(settings=load_settings(_VARIABLES))
    apis = [*container.apis(), HealthApi(readiness=container.readiness())]
    described = [endpoint for api in apis for endpoint in api.endpoints()]
    made = document_of(described, public_url=URL, version=version("billing"))
    document: Mapping[str, Any] = json.loads(made)
    return document
