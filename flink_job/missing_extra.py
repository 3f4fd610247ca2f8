"""What a command says that needs a package of an extra, where only the wheel itself is installed."""

from __future__ import annotations

OF_EXTRA = {
    "service": (
        "sqlalchemy", "alembic", "psycopg", "fastapi", "uvicorn", "structlog", "argon2", "authlib", "joserfc", "apprise", "resvg_py",
        "confluent_kafka", "prometheus_client",
    ),
    "lake": ("deltalake", "duckdb"),
    "aws": ("boto3", "botocore"),
    "report": ("matplotlib", "jinja2"),
    "train": ("torch", "torch_geometric", "sklearn"),
}  # fmt: skip
"""Extra of setup.py -> modules that it brings. What several bring is under the first."""


def needed(error: BaseException) -> str:
    """Return the missing module and the extra to install; empty unless an error is that of such a module."""
    module = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    extra = next((name for name, modules in OF_EXTRA.items() if module in modules), None)
    return f"it needs {module}, which is not installed: pip install 'ringwatch[{extra}]'" if extra else ""
