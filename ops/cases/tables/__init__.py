"""The tables, by subject. `Table.metadata` knows all of them once this package is imported.

Times are milliseconds since 1970. A new column is nullable or has a server default: see `migrations`.
"""

from ops.cases.tables.access import Login, SessionRow, Token, User
from ops.cases.tables.actions import ActionMinute, ActionRelease, ActionRow
from ops.cases.tables.alerts import AlertDay, AlertEntity, AlertRow
from ops.cases.tables.audit import AuditEntry, AuditHead, AuditSubject
from ops.cases.tables.cases import CaseRow, Comment
from ops.cases.tables.columns import Table
from ops.cases.tables.control import ControlChange
from ops.cases.tables.desk import DeskAct, Look, SavedFilter
from ops.cases.tables.feedback import SummaryFeedback
from ops.cases.tables.incidents import IncidentEntity, IncidentRevision, IncidentRing, IncidentRow
from ops.cases.tables.notices import NoticeBudget, NoticeMessage, NoticeThread
from ops.cases.tables.questions import Question
from ops.cases.tables.streams import DecidedEvent, Outgoing, StoreFact, StreamPlace
from ops.cases.tables.verdicts import VerdictAlert, VerdictRow

__all__ = [
    "ActionMinute",
    "ActionRelease",
    "ActionRow",
    "AlertDay",
    "AlertEntity",
    "AlertRow",
    "AuditEntry",
    "AuditHead",
    "AuditSubject",
    "CaseRow",
    "Comment",
    "ControlChange",
    "DecidedEvent",
    "DeskAct",
    "IncidentEntity",
    "IncidentRevision",
    "IncidentRing",
    "IncidentRow",
    "Login",
    "Look",
    "NoticeBudget",
    "NoticeMessage",
    "NoticeThread",
    "Outgoing",
    "Question",
    "SavedFilter",
    "SessionRow",
    "StoreFact",
    "StreamPlace",
    "SummaryFeedback",
    "Table",
    "Token",
    "User",
    "VerdictAlert",
    "VerdictRow",
]
