"""Model servers with OpenAI's API: which there are, and connections that lead to one of them and nowhere else.

An administrator names them in the environment or in a file (`configured`), and those of this machine are found by
themselves (`discover`). No page can add one: where Kilde may connect to is not for its users to say.
"""

from __future__ import annotations

from rag.models.servers.configuration import Configured, configured
from rag.models.servers.discovery import USUAL_PORTS, available, discover, models
from rag.models.servers.server import Server, ServerModel

__all__ = ["USUAL_PORTS", "Configured", "Server", "ServerModel", "available", "configured", "discover", "models"]
