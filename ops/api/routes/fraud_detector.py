"""Amazon Fraud Detector's address: `POST /`, signed with an access key in place of a session or a token."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, Field

from ops.api.access_log import log_failure
from ops.api.problems import MEDIA_TYPE, request_id_of
from ops.api.rights import routes_of
from ops.api.service import ServiceHere
from ops.fraud_detector.fraud_detector import CONTENT_TYPE, TARGET, failure, not_served

router = routes_of("fraud_detector")
_PREDICTION = {
    "detectorId": "sign_ups",
    "eventId": "e-1",
    "eventTypeName": "registration",
    "entities": [{"entityType": "customer", "entityId": "unknown"}],
    "eventTimestamp": "2026-03-06T09:52:18Z",
    "eventVariables": {"email_address": "a@example.com", "ip_address": "203.0.113.7"},
}
_ANSWER = {
    "modelScores": [
        {
            "modelVersion": {"modelId": "ringwatch", "modelType": "ONLINE_FRAUD_INSIGHTS", "modelVersionNumber": "1.0"},
            "scores": {"ringwatch_insightscore": 12.3},
        }
    ],
    "ruleResults": [{"ruleId": "policy", "outcomes": ["approve"]}],
    "externalModelOutputs": [],
}
_OBJECT = {"schema": {"type": "object"}}
_REFUSED = {"schema": {"$ref": "#/components/schemas/RefusalBody"}}
_PROBLEM = {"schema": {"$ref": "#/components/schemas/ProblemBody"}}
_HEADERS = ("X-Amz-Target", "X-Amz-Date", "Authorization")


class RefusalBody(BaseModel):
    """An error as AWS writes it."""

    kind: str = Field(alias="__type", description="name of the exception", examples=["ValidationException"])
    message: str = Field(examples=["1 validation error detected: Value null at 'eventId' failed to satisfy constraint"])


def _documented(name: str) -> dict[str, Any]:
    operations = ", ".join(f"{TARGET}{operation}" for operation in ("GetEventPrediction", "SendEvent", "UpdateEventLabel"))
    about = {"X-Amz-Target": operations, "X-Amz-Date": "20261231T235959Z", "Authorization": "AWS Signature Version 4"}
    return {"name": name, "in": "header", "required": True, "description": about[name], "schema": {"type": "string"}}


@router.post(
    "/",
    responses={
        200: {"description": "what the operation answers", "content": {CONTENT_TYPE: {**_OBJECT, "example": _ANSWER}}},
        400: {"model": RefusalBody, "description": "refused", "content": {CONTENT_TYPE: _REFUSED, MEDIA_TYPE: _PROBLEM}},
        500: {"model": RefusalBody, "description": "failed; try again", "content": {CONTENT_TYPE: _REFUSED, MEDIA_TYPE: _PROBLEM}},
    },
    response_class=Response,
    openapi_extra={
        "parameters": [_documented(name) for name in _HEADERS],
        "requestBody": {"required": True, "content": {CONTENT_TYPE: {**_OBJECT, "example": _PREDICTION}}},
        "security": [],
    },
)
async def call(request: Request, service: ServiceHere) -> Response:
    """Answer a call of Amazon Fraud Detector: GetEventPrediction, SendEvent or UpdateEventLabel.

    docs/amazon.md says how its clients are pointed here.
    """
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
    body = await request.body()
    if service.fraud_detector is None:
        answer = not_served()
    else:
        try:
            answer = await service.fraud_detector.answer(headers, request.scope["query_string"], body)
        except Exception as error:
            log_failure(error, request_id_of(request))
            answer = failure()
    return Response(answer.body, answer.status, dict(answer.headers))
