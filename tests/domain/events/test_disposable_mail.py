"""Which mailboxes are thrown away, however they are spelt, and the domains that a shop adds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from domain.events.disposable_mail import (
    DISPOSABLE_MAIL,
    NO_MAIL,
    SHARED_PARENTS,
    USUAL_MAIL,
    domains_in,
    is_domain,
    known_domains,
    mail_class_of,
    mail_classes,
)  # fmt: skip
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
from tests import ROOT

FORM = Pseudonyms(b"test").form("email")
CLASS = mail_classes(FORM)

DISPOSABLE = (
    "ann@mailinator.com", "ANN@Mailinator.COM", "ann@mx.mailinator.com", "ann@a.b.c.mailinator.com", "Ann <ann@mailinator.com>",
    "mailto:ann@mailinator.com?subject=x", "ann@mailinator.com.", "ann@mailinator.com (Ann)", "ann+shop@mailinator.com",
    "<ann@mailinator.com>",
    '"a@b"@mailinator.com', '"ann lee"@mailinator.com', "ann@ma\u00adilinator.com", "ann\uff20mailinator.com", "ann@MAILINATOR\uff0eCOM",
    "ann@mailinator\u3002com", "ann@ mailinator.com", "\u0430nn@yopmail.com",
)  # fmt: skip
USUAL = (
    "ann@gmail.com", "mailinator.com@gmail.com", "ann@mailinator.com.shop.example", "ann@mailinator.co", '"ann@mailinator.com"@gmail.com',
    "ann(mailinator.com)@gmail.com", "ann@com", "ann@[127.0.0.1]", "ann@m\u00fcnchen.de", "ann@\u043cailinator.com",
)  # fmt: skip
NO_MAILBOX = (
    "", " ", "n/a", "none@none.com", "mailinator.com", "@mailinator.com", "ann@", "@", "5f4dcc3b5aa765d61d8327deb882cf99",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [*((text, DISPOSABLE_MAIL) for text in DISPOSABLE), *((text, USUAL_MAIL) for text in USUAL), *((text, NO_MAIL) for text in NO_MAILBOX)],
)
def test_a_mailbox_has_the_class_of_its_domain_however_it_is_spelt(text: str, expected: int) -> None:
    assert CLASS(text) == expected


def test_a_domain_counts_with_all_below_it_and_none_beside_it() -> None:
    domains = {"throw.example"}
    assert mail_class_of("a@x.throw.example", domains) == mail_class_of("a@throw.example", domains) == DISPOSABLE_MAIL
    assert mail_class_of("a@nothrow.example", domains) == mail_class_of("a@example", domains) == USUAL_MAIL


@pytest.mark.parametrize("domain", ["m\u00fcll.example", "M\u00dcLL.example", "xn--mll-hoa.example", "mu\u0308ll.example"])
@pytest.mark.parametrize("mailbox", ["ann@m\u00fcll.example", "ann@mx.xn--mll-hoa.example", "ann@MU\u0308LL.example"])
def test_a_domain_that_is_added_may_be_written_as_people_do(domain: str, mailbox: str) -> None:
    assert mail_classes(FORM, [domain])(mailbox) == DISPOSABLE_MAIL
    assert CLASS(mailbox) == USUAL_MAIL
    assert mail_classes(FORM, [domain])("ann@mailinator.com") == DISPOSABLE_MAIL


def test_hosts_of_dynamic_dns_are_left_out_but_can_be_added() -> None:
    known = known_domains()
    assert len(known) > 8000
    assert not [domain for domain in known if any(f".{domain}".endswith(f".{parent}") for parent in SHARED_PARENTS)]
    assert CLASS("ann@box.dynv6.net") == USUAL_MAIL
    assert mail_classes(FORM, ["box.dynv6.net"])("ann@box.dynv6.net") == DISPOSABLE_MAIL


def test_a_list_is_read_line_by_line() -> None:
    text = "# ours\n\nthrow.example  # bought\r\n@at.example\n*.star.example\n.dot.example.\n"
    assert list(domains_in(text)) == [(3, "throw.example"), (4, "at.example"), (5, "star.example"), (6, "dot.example")]


@pytest.mark.parametrize(
    "text", ["", "com", ".", "a..example", ".example", "ann@x.example", "http://x.example", "x.example,y.example", "x y.example"]
)
def test_what_would_fit_nothing_or_everything_is_no_domain(text: str) -> None:
    assert not is_domain(text)


def test_an_event_has_the_class_of_its_address() -> None:
    parser = EventParser(GraphSettings(), Pseudonyms(b"test"), disposable=["throw.example"])
    for mailbox, expected in (("a@throw.example", DISPOSABLE_MAIL), ("a@shop.example", USUAL_MAIL), (None, NO_MAIL), ("", NO_MAIL)):
        document = {"event_id": "e", "event_type": "login", "event_time": 1_767_571_200_000, "account_id": "u", "email": mailbox}
        assert parser.parse(json.dumps(document).encode()).mail == expected


def test_the_list_is_loaded_with_the_first_parser_only(tmp_path: Path) -> None:
    code = """
import sys
from domain.events.identity import Pseudonyms
from domain.events.parser import EventParser
from domain.graph import GraphSettings
before = "disposable_email_domains" in sys.modules
EventParser(GraphSettings(), Pseudonyms(b"test"))
print(before, "disposable_email_domains" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]
