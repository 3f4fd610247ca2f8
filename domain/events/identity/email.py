"""One spelling for one mailbox."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

import idna

from domain.events.identity.nobody import is_mailbox_of_nobody, names_nobody
from domain.events.identity.text import seen, without_look_alikes

_USUAL = re.compile(r"[a-z0-9._+-]++@[a-z0-9.-]*[a-z]")
_NAMED = re.compile(r"[^<>]*<([^<>\s]+@[^<>\s]+)>")
_QUOTED = re.compile(r'"([\w!#$%&\'*+/=?^`{|}~-]+(?:\.[\w!#$%&\'*+/=?^`{|}~-]+)*)"')
_COMMENT = re.compile(r"(?<=.)\([^()\"]*\)(?=@)|(?<=@)\([^()\"]*\)|\s+\([^()\"]*\)$|^\([^()\"]*\)\s*(?=[^\s@]+@)")
"""Comments of RFC 5322, before and after the @ and beside the address."""
_DOTTED_I = str.maketrans({"İ": "i", "ı": "i"})
"""What `i` and `I` become where somebody changes case by Turkish rules."""
_ONE_PROVIDER = {
    "googlemail.com": "gmail.com", "me.com": "icloud.com", "mac.com": "icloud.com",
    "ya.ru": "yandex.ru", "yandex.com": "yandex.ru", "yandex.by": "yandex.ru", "yandex.kz": "yandex.ru",
}  # fmt: skip
"""Domains whose mailboxes are those of another one."""


def email_form(text: str, tags: Collection[str], dots: Collection[str]) -> str:
    """Return a mailbox in lower case, its domain as the DNS has it.

    It is empty for a mailbox of nobody's.

    At domains in `tags` all from a plus on is left out, at those in `dots` dots are. A text that is no
    mailbox, such as a hash, is given in lower case.

        >>> email_form("Ann <Ann.Lee+shop@GoogleMail.com>", {"gmail.com"}, {"gmail.com"})
        'annlee@gmail.com'
    """
    if _USUAL.fullmatch(text):
        local, _, domain = text.partition("@")
        if is_mailbox_of_nobody(local, domain):
            return ""
        domain = _ONE_PROVIDER.get(domain, domain)
        return f"{_mailbox(local, domain, tags, dots)}@{domain}" if domain in tags or domain in dots else f"{local}@{domain}"
    return _unusual(text, tags, dots)


def _unusual(text: str, tags: Collection[str], dots: Collection[str]) -> str:
    text = seen(text)
    if not text.isascii():
        text = seen(unicodedata.normalize("NFKC", text))
    if text[-1:] == ">" and (named := _NAMED.fullmatch(text)):
        text = named[1]
    if text[:7].lower() == "mailto:":
        text = text[7:].partition("?")[0]  # a subject and the like come after it
    if "(" in text:
        text = _COMMENT.sub("", text)
    local, at, domain = text.rpartition("@")
    if not local or not domain:
        text = _folded(text)
        return "" if names_nobody("email", text) else text
    domain, local = _domain(domain), _folded(local)
    return "" if is_mailbox_of_nobody(local, domain) else _mailbox(local, domain, tags, dots) + at + domain


def _folded(text: str) -> str:
    """Return the text without its case and without look-alikes. Within one domain that meets no stranger."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text.translate(_DOTTED_I).casefold())
    return without_look_alikes(folded)


def _domain(domain: str) -> str:
    """Return a domain in the form of the DNS, ASCII; in lower case if the DNS could not have it.

    Look-alikes stay apart: another domain is another owner.
    """
    domain = domain.strip().rstrip(".\u3002") if domain[-1:] in ".\u3002 " else domain
    if domain.isascii():
        domain = domain.lower()
    else:
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            domain = unicodedata.normalize("NFKC", domain.lower())
    return _ONE_PROVIDER.get(domain, domain)


def _mailbox(local: str, domain: str, tags: Collection[str], dots: Collection[str]) -> str:
    if local[0] == '"' and (quoted := _QUOTED.fullmatch(local)):
        local = quoted[1]
    if domain in tags:
        local = local.partition("+")[0] or local
    if domain in dots:
        local = local.replace(".", "") or local
    return local
