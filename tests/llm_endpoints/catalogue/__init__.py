"""The endpoints by name."""

from tests.llm_endpoints.catalogue.gateways import GATEWAYS
from tests.llm_endpoints.catalogue.hosts import HOSTS
from tests.llm_endpoints.catalogue.never import NEVER
from tests.llm_endpoints.catalogue.openai import AZURE, OPENAI
from tests.llm_endpoints.catalogue.self_hosted import SELF_HOSTED
from tests.llm_endpoints.catalogue.vendors import VENDORS
from tests.llm_endpoints.server import Script

ENDPOINTS: dict[str, Script] = {
    script.name: script for family in (OPENAI, AZURE, VENDORS, HOSTS, GATEWAYS, SELF_HOSTED) for script in family
}
"""Those that can answer."""

__all__ = ["ENDPOINTS", "NEVER"]
