"""Notifications that run until they are killed: STORE_URL WEBHOOK_URL are its arguments."""

from __future__ import annotations

import sys
import threading

from domain.times import now_ms
from ops.cases.settings import StoreSettings
from ops.cases.store import Store
from ops.notify.assembled import notifier_of
from ops.notify.channel_settings import WebhookSettings
from ops.notify.settings import NotifySettings

LEASE_MS = 1_000


def main() -> None:
    store_url, url = sys.argv[1:]
    settings = NotifySettings(webhooks=(WebhookSettings("shop", url),), allow_private=("127.0.0.1",), timeout_s=2.0)
    notifier = notifier_of(
        settings, Store(StoreSettings(url=store_url), tells=True), "https://fraud.example.com", _no_picture, now_ms, LEASE_MS
    )
    notifier.start()
    print("started", flush=True)
    threading.Event().wait()


def _no_picture(_: str) -> None:
    """Return no picture."""


if __name__ == "__main__":
    main()
