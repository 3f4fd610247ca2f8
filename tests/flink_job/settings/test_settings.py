"""config.yaml and --set: what is known, what is refused and in which words."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.errors import SettingError
from flink_job.settings.settings import PRETRAINED, JobSettings, Settings, load
from ops.llm.settings import LlmSettings
from ops.redis.settings import RedisSettings
from tests import ROOT

CONFIG = ROOT / "config.yaml"


def leaves(document: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def setting(settings: Any, name: str) -> Any:
    for part in name.split("."):
        settings = settings[part] if isinstance(settings, dict) else getattr(settings, part)
    return settings


def refused(*overrides: str) -> str:
    with pytest.raises(SettingError) as caught:
        load(None, overrides)
    text = str(caught.value)
    assert "\n" not in text
    return text


# --- config.yaml
# ----------------------------------------------------------------------------------------------------


def test_config_yaml_shows_the_defaults() -> None:
    assert load(CONFIG) == Settings() == load(None)


@pytest.mark.parametrize(("name", "shown"), list(leaves(yaml.safe_load(CONFIG.read_text()))))
def test_each_line_of_config_yaml_is_a_setting_with_its_default(name: str, shown: Any) -> None:
    default = setting(Settings(), name)
    assert (list(default) if isinstance(default, tuple) else default) == shown


def test_default_model_is_the_pretrained_one() -> None:
    assert Settings().model == str(PRETRAINED)
    assert (PRETRAINED / "card.json").is_file()


# --- the file
# -------------------------------------------------------------------------------------------------------


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def test_settings_of_a_file_and_overrides_on_top(tmp_path: Path) -> None:
    path = written(tmp_path, "graph: {links: 8, entities: [account, merchant]}\njob: {parallelism: 2}\n")
    settings = load(path, ["job.parallelism=3", "policy.name=mine"])
    assert (settings.graph.links, settings.graph.entities) == (8, ("account", "merchant"))
    assert (settings.job.parallelism, settings.policy.name) == (3, "mine")
    assert settings.graph.ttl_days == 365.0


@pytest.mark.parametrize("text", ["", "# nothing but words\n", "graph:\njob:\n  # parallelism: 2\nredis: {}\n"])
def test_empty_files_and_sections_mean_the_defaults(text: str, tmp_path: Path) -> None:
    assert load(written(tmp_path, text)) == Settings()


def test_override_within_an_empty_section(tmp_path: Path) -> None:
    assert load(written(tmp_path, "job:\n"), ["job.parallelism=2"]).job.parallelism == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n- b\n", "must hold sections"),
        ("just words", "must hold sections"),
        ("graph: {links: 8", "is not readable YAML"),
        ("graph: !!python/object/apply:os.getcwd []", "is not readable YAML"),
    ],
)
def test_files_that_are_no_settings(text: str, said: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingError, match=said) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="does not exist: name the settings file with --config"):
        load(tmp_path / "none.yaml")
    with pytest.raises(SettingError, match="cannot be read"):
        load(tmp_path)
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(SettingError, match="not readable YAML"):
        load(tmp_path / "bytes.yaml")


# --- unknown names and wrong types
# ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("grpah.links=3", "unknown setting grpah: did you mean graph?"),
        ("graph.link=3", "unknown setting graph.link: did you mean graph.links?"),
        ("train.costs.reviw=3", "unknown setting train.costs.reviw: did you mean train.costs.review?"),
        ("incidents.triage.many_account=3", "did you mean incidents.triage.many_accounts?"),
        ("policy.rules=[{featur: a}]", "unknown setting policy.rules.featur: did you mean policy.rules.feature?"),
        ("zzz=3", "unknown setting zzz: known are graph, identity, currency, model, policy, "),
        ("1=3", "unknown setting 1: known are graph, "),
    ],
)
def test_unknown_names_are_refused_at_any_depth(override: str, said: str) -> None:
    assert said in refused(override)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("graph.links=many", "graph.links: input should be a valid integer"),
        ("graph.links=3.5", "graph.links: input should be a valid integer"),
        ("graph=3", "graph: input should be a dictionary"),
        ("graph.entities=account", "graph.entities: input should be a valid tuple"),
        ("graph.half_lives_s=[60, x]", "graph.half_lives_s.1: input should be a valid number"),
        ("job.bounded=perhaps", "job.bounded: input should be a valid boolean"),
        ("job.discover_s=null", "job.discover_s: input should be a valid number"),
        ("job.discover_s=.nan", "job.discover_s: input should be a finite number"),
        ("graph.ttl_days=.inf", "graph.ttl_days: input should be a finite number"),
        ("train.learning_rate=1e999", "train.learning_rate: input should be a finite number"),
        ("redis.prefix={a: b}", "redis.prefix: input should be a valid string"),
        ("policy.rules=[{feature: a}]", "policy.rules.0.at_least: field required"),
        ("train.costs.review=x", "train.costs.review: input should be a valid number"),
        ("model=", "model: input should be a valid string"),
        ("policy.name=2026", "policy.name: input should be a valid string; put it in quotes"),
    ],
)
def test_wrong_types_are_refused_by_name(override: str, said: str) -> None:
    assert said in refused(override)


# --- --set
# ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("override", "name", "value"),
    [
        ("redis.prefix=shop:", "redis.prefix", "shop:"),
        ("redis.prefix=a=b", "redis.prefix", "a=b"),
        ("redis.url=redis://host:6379/1", "redis.url", "redis://host:6379/1"),
        ("llm.base_url=http://127.0.0.1:8080/v1", "llm.base_url", "http://127.0.0.1:8080/v1"),
        ("llm.model=a: b", "llm.model", "a: b"),
        ("policy.name=2024-10-21", "policy.name", "2024-10-21"),
        ("policy.name='2026'", "policy.name", "2026"),
        ("graph.entities=[account, ip]", "graph.entities", ("account", "ip")),
        ("policy.block_list=['device:4f2a', \"email:a@b\"]", "policy.block_list", ("device:4f2a", "email:a@b")),
        ("job.sources=[file:a, file:b]", "job.sources", ("file:a", "file:b")),
        ("job.bounded=true", "job.bounded", True),
        ("job.rest_port=null", "job.rest_port", None),
        ("job.discover_s=1e3", "job.discover_s", 1000.0),
        ("job.discover_s=2", "job.discover_s", 2.0),
        ("train.learning_rate=1e-4", "train.learning_rate", 1e-4),
        ("train.costs.review=7", "train.costs.review", 7.0),
        ("incidents.triage.many_accounts=9", "incidents.triage.many_accounts", 9),
        ("train.costs={review: 7}", "train.costs.review", 7.0),
        ("redis.prefix={ringwatch}:", "redis.prefix", "{ringwatch}:"),
        ("redis.prefix={shop}", "redis.prefix", "{shop}"),
        ("redis.prefix='{a}'", "redis.prefix", "{a}"),
        (" job.parallelism = 2", "job.parallelism", 2),
        ("job.flink.rest.port=8081", "job.flink", {"rest.port": "8081"}),
        ("job.flink={a.b: true, c: {d: 1.5, e: x}}", "job.flink", {"a.b": "true", "c.d": "1.5", "c.e": "x"}),
    ],
)
def test_overrides(override: str, name: str, value: Any) -> None:
    found = setting(load(None, [override]), name)
    assert found == value
    assert type(found) is type(value)


def test_rules_become_rules() -> None:
    rule = "{feature: device.accounts_1h, at_least: 8, decision: investigate, code: BURST, text: many}"
    (made,) = load(None, [f"policy.rules=[{rule}]"]).policy.rules
    assert (made.feature, made.at_least, made.decision) == ("device.accounts_1h", 8.0, "investigate")


def test_last_override_wins() -> None:
    assert load(None, ["graph.links=3", "graph.links=4"]).graph.links == 4


@pytest.mark.parametrize("override", ["graph.links", "", "=3", "graph.=3", ".links=3", "graph..links=3"])
def test_overrides_of_bad_form(override: str) -> None:
    assert refused(override) == f"--set {override}: write it as section.name=value"


def test_override_below_a_value_and_broken_yaml() -> None:
    assert "links is not a section" in refused("graph.links=3", "graph.links.deep=4")
    assert refused("graph.entities=[account").endswith("the value is not YAML")


def test_a_url_with_a_format_is_quoted_between_brackets(tmp_path: Path) -> None:
    mend = "; between [ and ], put a URL with ? into quotes"
    assert refused("job.sources=[kafka://a/t?format=debezium]").endswith(mend)
    (tmp_path / "config.yaml").write_text("job: {sources: [kafka://a/t?format=debezium]}\n")
    with pytest.raises(SettingError, match=re.escape(mend)):
        load(tmp_path / "config.yaml")
    for text in ("job: {sources: ['kafka://a/t?format=debezium']}\n", "job:\n  sources:\n    - kafka://a/t?format=debezium\n"):
        (tmp_path / "config.yaml").write_text(text)
        assert load(tmp_path / "config.yaml").job.sources == ("kafka://a/t?format=debezium",)


# --- bounds
# ---------------------------------------------------------------------------------------------------------

BOUNDS = {
    "graph.entities": ["[]", "[device, account]", "[account, account]", "[account, planet]"],
    "graph.links": ["0", "65"],
    "graph.hub_sample": ["0", "1001"],
    "graph.duplicates": ["-1", "256"],
    "graph.hub_degree": ["1", "1001"],
    "graph.half_lives_s": ["[]", "[0, 60]", "[60, 30]", "[1, 2, 3, 4, 5, 6, 7, 8, 9]"],
    "graph.link_days": ["0"],
    "graph.ttl_days": ["-1"],
    "graph.distinct_days": ["0"],
    "graph.late_days": ["0"],
    "job.restarts": ["-1"],
    "cluster.taskmanagers": ["0"],
    "cluster.jobmanagers": ["0", "4"],
    "cluster.zookeeper_port": ["0", "65536"],
    "cluster.rest_port": ["0", "65536"],
    "cluster.rpc_port": ["0", "65536"],
    "policy.investigate_at": ["-0.1", "1.1"],
    "policy.block_at": ["-0.1", "1.1"],
    "policy.rules": ["[{feature: a, at_least: 1, decision: approve, code: C, text: t}]"],
    "train.model": ["oracle"],
    "train.label_delay": ["_s=-1"],
    "train.validation_share": ["0.01", "0.6"],
    "train.max_legitimate": ["0"],
    "train.epochs": ["0"],
    "train.patience": ["0"],
    "train.batch_size": ["0"],
    "train.hidden": ["0", "33"],
    "train.heads": ["0"],
    "train.trees": ["0"],
    "train.threads": ["0"],
    "train.dropout": ["-0.1", "1"],
    "train.class_weight": ["-0.1", "1.1"],
    "train.learning_rate": ["0"],
    "train.costs.missed_fraud_share": ["-1"],
    "train.costs.missed_fraud_least": ["-1"],
    "train.costs.blocked_good": ["-1"],
    "train.costs.review": ["-1"],
    "train.costs.max_blocked_legitimate": ["-1", "1.1"],
    "redis.max_length": ["0"],
    "redis.dedupe_days": ["0"],
    "incidents.gap_s": ["0"],
    "incidents.longest_s": ["60"],
    "incidents.first_summary_s": ["0"],
    "incidents.first_summary_alerts": ["0"],
    "incidents.growth_factor": ["1"],
    "incidents.growth_alerts": ["0"],
    "incidents.strongest": ["0"],
    "incidents.participants_per_kind": ["0"],
    "incidents.participants_total": ["100"],
    "incidents.recent_ids": ["0"],
    "llm.timeout_s": ["0"],
    "llm.answer_tokens": ["0"],
    "llm.failures_to_open": ["0"],
    "llm.cool_down_s": ["0"],
    "llm.azure_api_version": ["2024-10-21-preview"],
    "job.parallelism": ["0", "-2"],
    "job.score_batch": ["0"],
    "job.score_wait_ms": ["0"],
    "job.summaries_in_flight": ["0"],
    "job.discover_s": ["0", "1e9"],
    "job.checkpoint_interval_s": ["0", "0.001"],
    "job.out_of_order_s": ["-1", "1e9"],
    "job.ahead_min": ["-1", "1441"],
    "job.rest_port": ["0", "65536"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BOUNDS.items() for value in values])
def test_bounds_name_the_setting(name: str, value: str) -> None:
    text = refused(f"{name}{value}" if value.startswith("_") else f"{name}={value}")
    assert name in text.replace(":", " ").split()


def test_bounds_that_hang_on_two_settings() -> None:
    assert "policy.investigate_at must not lie above policy.block_at" in refused("policy.investigate_at=0.9", "policy.block_at=0.5")
    assert "train.from must lie before train.to" in refused("train.from_ms=2", "train.to_ms=1")


def test_every_number_of_the_job_is_bounded() -> None:
    """A number added to JobSettings needs a line in BOUNDS."""
    numbers = {item.name for item in dataclasses.fields(JobSettings) if "int" in str(item.type) or "float" in str(item.type)}
    assert numbers <= {name.removeprefix("job.") for name in BOUNDS}


# --- frozen and secret
# ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", ["graph", "policy", "incidents", "llm", "redis", "job", "cluster", "train"])
def test_settings_are_frozen(section: str) -> None:
    settings = load(None)
    with pytest.raises(FrozenInstanceError):
        setattr(settings, section, None)
    part = getattr(settings, section)
    with pytest.raises(FrozenInstanceError):
        setattr(part, dataclasses.fields(part)[0].name, None)


_IN_PLACES = ("redis.url=redis://u:sesame@h:1,[::1]:2/0", "redis.url=redis+sentinel://[::1]:1,h:2/m?sentinel_password=sesame")


def test_secrets_are_refused_and_not_shown() -> None:
    for name in (
        "llm.api_key=sk-sesame",
        "redis.url=redis://:sesame@host:6379/0",
        "redis.url=redis://host:6379/0?password=sesame",
        *_IN_PLACES,
    ):
        text = refused(name)
        assert text.startswith(name.split("=")[0])
        assert "RINGWATCH_" in text
        assert "sesame" not in text
    assert load(None, ["redis.url=redis://user@host:6379/0"]).redis.url == "redis://user@host:6379/0"
    assert "sesame" not in repr((LlmSettings(api_key="sk-sesame"), RedisSettings(url="redis://:sesame@host:6379/0")))
    assert "sesame" not in refused("llm.api_key=sk-sesame", "llm.timeout_s=0")


@pytest.mark.parametrize("ports", ["9249", "9249-9260", "1", "65535-65535"])
def test_ports_of_the_metrics(ports: str) -> None:
    assert load(None, [f"job.metrics_port={ports}"]).job.metrics_port == ports


@pytest.mark.parametrize("ports", ["0", "70000", "9260-9249", "1-2-3", "a", "true", "9249-", "-5"])
def test_what_is_no_port(ports: str) -> None:
    assert "job.metrics_port" in refused(f"job.metrics_port={ports}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("silent_until: 2026-01-31T12:00:00Z", 1_769_860_800_000),
        ("silent_until: '2026-01-31T13:00:00+01:00'", 1_769_860_800_000),
        ("silent_until: 2026-01-31T12:00:00", 1_769_860_800_000),
        ("silent_until: 2026-01-31", 1_769_817_600_000),
        ("silent_until: 1769860800000", 1_769_860_800_000),
        ("silent_until: null", 0),
    ],
)
def test_the_end_of_the_silence_is_a_moment(text: str, expected: int, tmp_path: Path) -> None:
    assert load(written(tmp_path, f"job:\n  {text}\n")).job.silent_until_ms == expected
    if expected:
        name, _, value = text.partition(": ")
        assert load(None, [f"job.{name}={value}"]).job.silent_until_ms == expected


@pytest.mark.parametrize("value", ["yesterday", "1769860800", "-5", "''", "2026-13-01", "1.5"])
def test_what_is_no_moment_is_refused(value: str) -> None:
    assert "job.silent_until" in refused(f"job.silent_until={value}")


def test_sources_of_labels_are_among_the_sources() -> None:
    settings = load(None, ["job.sources=[file:a, file:b]", "job.labels=[file:b]", "job.control_keys=[ops, desk_2]"])
    assert (settings.job.labels, settings.job.control_keys) == (("file:b",), ("ops", "desk_2"))
    assert load(None, ["job.labels=[]"]).job.labels == ()
    assert "job.labels names file:labels, which is not among job.sources: did you mean file:label?" in refused(
        "job.sources=[file:events, file:label]", "job.labels=[file:labels]"
    )
    assert "they are none yet" in refused("job.labels=[redis:labels]")


@pytest.mark.parametrize("name", ["Ops", "o-p", "", "9", "x" * 33, "ö"])
def test_a_key_has_a_plain_name(name: str) -> None:
    assert "is no name of a key" in refused(f"job.control_keys=['{name}']")


def test_a_key_is_named_once() -> None:
    assert "names a key twice" in refused("job.control_keys=[ops, ops]")
