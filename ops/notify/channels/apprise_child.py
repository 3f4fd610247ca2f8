"""A process that hands one message to Apprise, and may connect to judged addresses only.

Apprise has a hundred ways out, each with its own sockets. Here every connection of the process is judged just
before it is made, redirects included; and one that hangs is ended with the process.
"""

from __future__ import annotations

import json
import logging
import sys
from ipaddress import ip_address

from ops.notify.outgoing.addresses import Guard, NoSuchHostError, is_public

TAKEN, REFUSED, NO_URL, FORBIDDEN = "taken", "refused", "no url", "forbidden"
UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
"""What is among what was said where a certificate was not trusted."""
_PORT = 443  # of a look-up: any will do


def main() -> int:
    """Read a message from standard input, hand it over, and print what came of it."""
    asked = json.load(sys.stdin)
    forbidden: list[str] = []
    _judge_connections(asked["allowed"], forbidden)
    said = _Said()
    logging.basicConfig(handlers=[said])
    logging.getLogger("apprise").setLevel(logging.DEBUG)
    outcome = _handed_over(asked["url"], asked["title"], asked["body"])
    if forbidden and outcome != TAKEN:
        outcome = FORBIDDEN
    print(json.dumps({"outcome": outcome, "said": "\n".join(said.lines)[-2_000:]}))
    return 0


class _Said(logging.Handler):
    """What Apprise says, as far as it is worth showing: what it says at length may hold secrets."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.levelno >= logging.WARNING:
            self.lines.append(text)
        elif text.startswith("Socket Exception") and UNTRUSTED in text:
            self.lines.append(UNTRUSTED)


def _handed_over(url: str, title: str, body: str) -> str:
    import apprise

    asset = apprise.AppriseAsset(app_id="ringwatch", app_desc="ringwatch", async_mode=False, http_redirects=False)
    its = apprise.Apprise(asset=asset)
    if not its.add(url):
        return NO_URL
    return TAKEN if its.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT) else REFUSED


def _judge_connections(allowed: list[str], forbidden: list[str]) -> None:
    """Refuse connections to addresses that are not public, but for those of hosts that are allowed."""
    guard = Guard(allowed)
    known = {address for host in allowed for address in _addresses(guard, host)}

    def judge(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("socket.connect", "socket.sendto") and isinstance(address := arguments[1], tuple):
            text = str(address[0]).partition("%")[0]
            if text not in known and not _is_public(text):
                forbidden.append(text)
                raise PermissionError("a private address")

    sys.addaudithook(judge)


def _addresses(guard: Guard, host: str) -> list[str]:
    try:
        return guard.addresses(host, _PORT)
    except NoSuchHostError:
        return []


def _is_public(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:  # a name that is yet to be looked up: nothing here may connect so
        return False
    return is_public(text)


if __name__ == "__main__":
    sys.exit(main())
