"""A job on streams says who may send labels."""

from __future__ import annotations

import pytest

from domain.errors import SettingError
from flink_job.connectors.label_sources import check_label_sources
from flink_job.settings.settings import JobSettings


@pytest.mark.parametrize(
    ("sources", "labels"),
    [
        (("file:events",), None),
        (("file:events", "file:labels"), ("file:labels",)),
        (("redis:events",), ()),
        (("redis:events", "redis:labels"), ("redis:labels",)),
        (("kafka://shop/events?format=debezium", "file:labels"), ("file:labels",)),
    ],
)
def test_files_may_carry_labels_and_streams_where_it_is_said(sources: tuple[str, ...], labels: tuple[str, ...] | None) -> None:
    check_label_sources(JobSettings(sources=sources, labels=labels))


@pytest.mark.parametrize(
    ("sources", "named", "mend"),
    [
        (("redis:events",), "redis:events", "redis:labels"),
        (("file:history", "redis:events?partitions=2"), "redis:events?partitions=2", "redis:labels"),
        (("kafka://a,b/shop?format=debezium",), "kafka://a,b/shop?format=debezium", "kafka://a,b/labels"),
        (("kafka://a/x", "redis:y"), "kafka://a/x and redis:y", "kafka://a/labels"),
    ],
)
def test_a_stream_without_is_refused_with_the_setting_and_the_mend(sources: tuple[str, ...], named: str, mend: str) -> None:
    with pytest.raises(SettingError) as refused:
        check_label_sources(JobSettings(sources=sources))
    assert f"job.labels is not set, and {named} would take labels from whoever writes there" in str(refused.value)
    assert f"""--source {mend} --set 'job.labels=["{mend}"]'""" in str(refused.value)
    assert "--set 'job.labels=[]'" in str(refused.value)
