"""Model servers with OpenAI's API: their configuration, discovery, and connections restricted to one of them.

An administrator configures them in the environment or in a file (`configured`), and local ones are discovered
(`discover`). No page can add one, as users must not decide where Kilde connects to.
"""

from rag.models.servers.configuration import Configured, configured
from rag.models.servers.discovery import USUAL_PORTS, available, discover, models
from rag.models.servers.server import Server, ServerModel

__all__ = ["USUAL_PORTS", "Configured", "Server", "ServerModel", "available", "configured", "discover", "models"]
