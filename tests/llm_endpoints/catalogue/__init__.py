"""The endpoints by name."""

from tests.llm_endpoints.catalogue.clouds import CLOUDS
from tests.llm_endpoints.catalogue.gateways import GATEWAYS
from tests.llm_endpoints.catalogue.hosts import HOSTS
from tests.llm_endpoints.catalogue.never import NEVER
from tests.llm_endpoints.catalogue.openai import AZURE, OPENAI
from tests.llm_endpoints.catalogue.self_hosted import SELF_HOSTED
from tests.llm_endpoints.catalogue.small_servers import SMALL_SERVERS
from tests.llm_endpoints.catalogue.vendors import VENDORS
from tests.llm_endpoints.server import Script

_FAMILIES = (OPENAI, AZURE, VENDORS, HOSTS, CLOUDS, GATEWAYS, SELF_HOSTED, SMALL_SERVERS)
ENDPOINTS: dict[str, Script] = {script.name: script for family in _FAMILIES for script in family}
"""Those that can answer."""

__all__ = ["ENDPOINTS", "NEVER"]
