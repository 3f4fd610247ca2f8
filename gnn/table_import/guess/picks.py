"""Which columns of a sample are taken, each once."""

from __future__ import annotations

from collections.abc import Callable

from gnn.table_import.guess.sample import Column, Sample

NAMES: dict[str, tuple[str, ...]] = {
    "event_id": ("eventid", "transactionid", "transid", "transnum", "txid", "orderid", "paymentid", "id", "uuid"),
    "account": (
        "accountid", "account", "customerid", "customer", "clientid", "client", "userid", "user", "memberid", "nameorig", "payerid",
        "senderid", "sender", "accountnumber", "cardholderid", "entityid", "ccnum", "cardid", "cardnumber", "emailaddress", "email",
        "customeremail",
    ),
    "device": ("deviceid", "device", "devicefingerprint", "fingerprint", "deviceinfo", "cookieid", "cookie", "useragent"),
    "payment": ("paymentinstrument", "paymenttoken", "cardtoken", "cardid", "ccnum", "cardnumber", "cardbin", "iban"),
    "merchant": (
        "merchantid", "merchant", "merchantname", "terminalid", "terminal", "shopid", "storeid", "sellerid", "seller", "namedest",
        "payeeid", "receiverid", "receiver", "beneficiaryid",
    ),
    "currency": ("currency", "currencycode", "paymentcurrency", "transactioncurrency", "cur"),
}  # fmt: skip
"""Key to names of columns, the surest first; small letters, nothing between words."""


class Picks:
    """A sample whose columns are taken one after the other."""

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.used: set[str] = set()

    def find(self, key: str, fits: Callable[[Column], bool], again: bool = False) -> Column | None:
        """Return the column of the surest name that fits, and note that it is used; None if there is none."""
        for name in NAMES[key]:
            for column in self.sample.columns:
                if column.key == name and (again or column.name not in self.used) and fits(column):
                    self.used.add(column.name)
                    return column
        return None
