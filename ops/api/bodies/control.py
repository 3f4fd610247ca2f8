"""Control records: rules, lists, switches and models, and the changes that put them in force."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, StringConstraints

from ops.api.bodies.fields import Answer, ChangeStatus, Document, Moment, Request, State, Text, example

MAX_TIME = 40


def _time_or_none(value: Any) -> Any:
    """Return a text or a number as it is; the validator would name its own kinds of both as fields."""
    if value is None or type(value) is int or (isinstance(value, str) and len(value) <= MAX_TIME):
        return value
    raise ValueError('a time such as "2026-12-31T00:00:00Z", ms since 1970, or null is wanted')


Expiry = Annotated[Annotated[str, StringConstraints(max_length=MAX_TIME)] | int | None, BeforeValidator(_time_or_none)]
_EXPIRY = Field(default=None, description='A time such as "2026-12-31T00:00:00Z" or ms since 1970; null: it stays')
_WHEN = {"all": [{"feature": "device.accounts_1h", "at_least": 8}, {"field": "event_type", "is": "signup"}]}
_RULE = {
    "control": "rule", "id": "R7", "version": 3, "state": "active", "when": _WHEN, "decision": "investigate", "text": "sign-up wave",
    "expires_at": "2026-12-31T00:00:00Z", "by": "anna", "reason": "wave since 9 h",
}  # fmt: skip
_CHANGE = {
    "id": 57,
    "kind": "rule",
    "record_id": "R7",
    "version": 3,
    "state": "active",
    "record": _RULE,
    "by": "anna",
    "reason": "wave since 9 h",
    "at": 1767611000000,
    "status": "applied",
    "approved_by": None,
    "applied_at": 1767611000420,
    "why_refused": None,
}
ControlKind = Literal["rule", "list", "switch", "model", "shadow_model", "rate"]


class NewRule(Request):
    """A rule: a new one, or the next version of one that is there. The service chooses the version."""

    model_config = example(
        state="shadow", when=_WHEN, decision="investigate", text="sign-up wave", expires_at="2026-12-31T00:00:00Z", reason="wave since 9 h"
    )

    state: Literal["active", "shadow", "paused"] = "active"
    when: dict[str, Any] = Field(description="Conditions, see docs/rules.md")
    decision: Literal["investigate", "block", "approve_unless_blocked"]
    text: Text = Field(description="What the rule finds, in words")
    expires_at: Expiry = _EXPIRY
    reason: Text


class NewListRecord(Request):
    """An entry of a list, or a file of many. Exactly one of `entity`, `raw` and `file` is given."""

    model_config = example(list="block", raw="device:4f2a-77c1", expires_at="2026-12-31T00:00:00Z", reason="chargebacks")

    list: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")] = Field(description="`block`, `allow`, or a name for rules")
    state: Literal["active", "shadow", "paused"] = "active"
    entity: Annotated[str, StringConstraints(max_length=64)] | None = Field(default=None, description="Kind and pseudonym")
    raw: Annotated[str, StringConstraints(max_length=600)] | None = Field(
        default=None, description="Kind and identifier: it is hashed at once, and neither kept nor logged"
    )
    file: Annotated[str, StringConstraints(max_length=512)] | None = Field(
        default=None, description="Path where the job runs, in a folder of `service.control_files`"
    )
    kind: Annotated[str, StringConstraints(max_length=32)] | None = Field(default=None, description="Of the file's entities")
    pseudonyms: StrictBool | None = Field(default=None, description="Whether the file's lines are pseudonyms")
    expires_at: Expiry = _EXPIRY
    reason: Text


class NewState(Request):
    """The state that a rule or an entry of a list is to have; its content stays."""

    model_config = example(state="paused", reason="too many false alarms")

    state: State
    reason: Text


class SwitchPosition(Request):
    """Whether a switch is on."""

    model_config = example(on=False, reason="false alarms")

    on: StrictBool
    reason: Text


class NewModel(Request):
    """The model that is to score, or to score in shadow. `state` deleted ends the shadow."""

    model_config = example(kind="shadow_model", path="models/b", reason="trained on November")

    kind: Literal["model", "shadow_model"] = "model"
    path: Annotated[str, StringConstraints(min_length=1, max_length=512)] | None = Field(
        default=None, description="Where the job runs, in a folder of `service.control_files`"
    )
    state: Literal["active", "deleted"] = "active"
    reason: Text


class ChangeRow(Answer):
    """A change of a control record.

    `proposed` waits for a second person, `waiting` for its stream, `sent` for the job; `applied` is in force,
    `refused` is not, nor is `overtaken`, after which a higher version came, nor `withdrawn`, which somebody
    turned down.
    """

    model_config = example(**_CHANGE)

    id: int
    kind: str
    record_id: str
    version: int | None = Field(description="None while it is proposed")
    state: str
    record: Document
    by: str
    reason: str
    at: Moment
    status: ChangeStatus
    approved_by: str | None
    applied_at: Moment | None
    why_refused: str | None


class ChangePage(Answer):
    """A page of changes."""

    model_config = example(items=[_CHANGE], next=None)

    items: list[ChangeRow]
    next: str | None


class SwitchRow(Answer):
    """A switch: where it is, the change that put it there, and one that is not in force yet."""

    model_config = example(name="auto_block", on=True, change=None, coming=None)

    name: str
    on: bool = Field(description="In the job, now")
    change: ChangeRow | None = Field(description="The one in force; null: it is on, as at the start")
    coming: ChangeRow | None = Field(description="The newest, where it is not in force yet: `waiting` or `sent`")


class Switches(Answer):
    """All switches."""

    model_config = example(items=[{"name": "auto_block", "on": True, "change": None, "coming": None}])

    items: list[SwitchRow]


class Models(Answer):
    """The models that are in force by control records; null: that of the settings, or none in shadow."""

    model_config = example(model=None, shadow_model=None)

    model: ChangeRow | None
    shadow_model: ChangeRow | None
