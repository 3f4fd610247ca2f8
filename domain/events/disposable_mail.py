"""Whether a mailbox is of a domain that gives throw-away ones, known before the address is hashed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import cache

MAIL_CLASSES = ("no", "usual", "disposable")
"""Classes of an event's e-mail address; the position is the code in the trail. `no`: the event names none."""
NO_MAIL, USUAL_MAIL, DISPOSABLE_MAIL = range(len(MAIL_CLASSES))

SHARED_PARENTS = frozenset(
    {
        "2bd.net", "abrdns.com", "accesscam.org", "aid.pl", "asso.st", "auto.pl", "biz.id", "camdvr.org", "casacam.net", "cc.cd", "ccwu.cc",
        "cloud-ip.cc", "cloudns.biz", "cloudns.cc", "cloudns.org", "ddns.net", "ddnsfree.com", "ddnsgeek.com", "ddnss.de", "ddnss.org",
        "de5.net", "dedyn.io", "dpdns.org", "duckdns.org", "dyn-ip24.de", "dyndns1.de", "dynv6.net", "edu.do", "edu.ge", "edu.kg", "edu.pl",
        "edu.rs", "edu.vn", "eu.cc", "eu.org", "fr.nf", "freeddns.org", "ggff.net", "giize.com", "gleeze.com", "home-webserver.de",
        "hopto.org", "id.vn", "in.ua", "indevs.in", "infos.st", "io.vn", "jo3.org", "kozow.com", "kro.kr", "linkpc.net", "loseyourip.com",
        "mail.pl", "my.id", "myftp.org", "myhome-server.de", "mywire.org", "name.ng", "name.tr", "nett.to", "nyc.mn", "ooguy.com",
        "opik.net", "or.at", "pp.ua", "pro.vn", "publicvm.com", "qzz.io", "run.place", "sa.com", "servehalflife.com", "skymeshdynamics.com",
        "theworkpc.com", "tokyo.jp", "us.ci", "web.id", "webredirect.org", "work.gd", "xx.kg", "za.net", "zone.id", "zp.ua",
    }
)  # fmt: skip
"""Dynamic DNS and registries that lend names for little. A host below them is somebody else's next month, so
those of the package are left out; a shop that wants one sets it."""
_NO_DOMAIN = re.compile(r"[\s@/:*,;\"'<>()\[\]]|^\.|\.\.|\.$")


def mail_class_of(spelling: str, domains: Collection[str]) -> int:
    """Return the class of an e-mail address in its canonical form, `NO_MAIL` for what is no mailbox.

    A domain counts with all domains below it.

        >>> mail_class_of("ann@mx.mailinator.com", {"mailinator.com"}) == DISPOSABLE_MAIL
        True
    """
    local, _, domain = spelling.rpartition("@")
    domain = domain.strip()
    if not local or not domain:
        return NO_MAIL
    return DISPOSABLE_MAIL if any(one in domains for one in _with_parents(domain)) else USUAL_MAIL


def mail_classes(form: Callable[[str], str], further: Collection[str] = ()) -> Callable[[str], int]:
    """Return what tells the class of an address as an event gives it; `form` makes it canonical.

    Disposable are the domains that ringwatch knows and the `further` ones, which may be written as people do.
    """
    domains = known_domains() | {canonical for domain in further if (canonical := _domain_in(form, domain))}
    return lambda text: mail_class_of(form(text), domains)


@cache
def known_domains() -> frozenset[str]:
    """Return the domains of the package disposable-email-domains, without those below `SHARED_PARENTS`."""
    # only here: it costs some milliseconds, and most commands read no event
    from disposable_email_domains import blocklist

    return frozenset(domain for domain in blocklist if SHARED_PARENTS.isdisjoint(_with_parents(domain)))


def domains_in(text: str) -> Iterator[tuple[int, str]]:
    """Yield the number of each line of a list that says something, and what it says.

    One domain a line, also as `@mailinator.com` or `*.mailinator.com`; what follows a `#` is a comment.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        if domain := line.partition("#")[0].strip().strip(".@*"):
            yield number, domain


def is_domain(text: str) -> bool:
    """Return whether a text can be an e-mail domain; a whole top level, such as `com`, is none."""
    return "." in text and not _NO_DOMAIN.search(text)


def _domain_in(form: Callable[[str], str], domain: str) -> str:
    """Return a domain in the form that canonical addresses have it in, whatever its case and alphabet."""
    return form(f"somebody@{domain}").rpartition("@")[2]


def _with_parents(domain: str) -> Iterator[str]:
    """Yield a domain and all above it."""
    while domain:
        yield domain
        _, _, domain = domain.partition(".")
