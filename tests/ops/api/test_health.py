"""Liveness, readiness, metrics, and the page of the API."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient

from ops.api.security import HEADERS
from ops.api.service import Service


def test_it_lives_and_is_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready", "away": []}


def test_it_serves_a_part_without_a_part_of_what_it_needs(client: TestClient, service: Service) -> None:
    def down() -> None:
        raise ConnectionError("redis://:sesame@host refused")

    service.checks |= {"store": lambda: None, "redis": down}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "degraded", "away": ["redis"]})
    service.checks["store"] = down
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["field"]) == (503, "store")
    assert "sesame" not in answer.text
    assert client.get("/healthz").status_code == 200


def test_it_is_not_ready_at_its_end(client: TestClient, service: Service) -> None:
    service.stopping = True
    assert client.get("/readyz").status_code == 503


def test_metrics_name_routes_and_never_paths(client: TestClient) -> None:
    client.get("/healthz")
    client.get("/secret-path-7")
    text = client.get("/metrics").text
    assert 'ringwatch_http_request_seconds_count{method="GET",route="/healthz",status="200"} 1.0' in text
    assert 'ringwatch_http_request_seconds_count{method="GET",route="none",status="404"} 1.0' in text
    assert "secret-path-7" not in text


def test_the_page_of_the_api_fetches_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    assert re.findall(r'(?:src|href)="([^"]*)"', page.text) == ["/docs/style.css", "/openapi.json"]
    assert "<script" not in page.text and "style=" not in page.text
    assert client.get("/docs/style.css").headers["content-type"].startswith("text/css")
    for path in client.get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page.text.replace("<wbr>", "")


def test_how_far_the_store_is_behind_is_shown(client: TestClient, service: Service) -> None:
    behind = iter([3.5])
    service.metrics.follow_store(lambda: next(behind))
    assert "ringwatch_store_lag_seconds 3.5" in client.get("/metrics").text
    assert "ringwatch_store_lag_seconds NaN" in client.get("/metrics").text, "it cannot be known, and the rest is shown"
