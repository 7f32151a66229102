"""A model server, configured by an administrator or discovered."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from rag.core.errors import ServerNotAllowed
from rag.models.servers import address
from rag.models.servers.address import Address

Origin = Literal["found", "environment", "file"]
_NAME = re.compile(r"[\w][\w .-]{0,39}")


class ServerModel(NamedTuple):
    """A model that a server has. context: tokens of prompt and answer together; None if unknown."""

    id: str
    context: int | None


@dataclass(frozen=True, slots=True)
class Server:
    """Address and prices of a server. Raises ServerNotAllowed for an address that is not allowed.

    name: without a colon, as models are named "server:<name>:<model>". url: "/v1" is added if it has no path. key: only
    sent to this address. models: the allowed ones; () allows all. context: tokens, if the server does not state it or
    states too much. price_in, price_out: per million tokens read and written, in `currency`. insecure: allow plain http
    beyond this machine and private networks.
    """

    name: str
    url: str
    key: str = field(default="", repr=False)
    models: tuple[str, ...] = ()
    context: int | None = None
    price_in: float | None = None
    price_out: float | None = None
    currency: str = ""
    origin: Origin = "file"
    insecure: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ServerNotAllowed(server=repr(self.name[:40]), detail="bad_name")
        # a line break would make the library raise an error that contains the key
        if not (self.key.isascii() and self.key.isprintable() and " " not in self.key):
            raise ServerNotAllowed(server=self.name, detail="bad_key")
        parts = address.parsed(self.url, self.name)
        if literal := address.literal_ip(parts.host):
            address.check(literal, parts, self.name, insecure=self.insecure)
        object.__setattr__(self, "url", parts.url)

    @property
    def address(self) -> Address:
        return address.parsed(self.url, self.name)

    @property
    def root(self) -> str:
        """The address without "/v1", where a server's own API is."""
        return self.url.removesuffix("/v1")

    def describe(self) -> dict[str, Any]:
        """JSON for the ledger and the models page, without the key and the path, which can contain a key."""
        return {"server": self.name, "address": self.address.origin, "found": self.origin}

    def without_key(self, text: str) -> str:
        """`text` with the key masked, as a server may echo it in an error."""
        return text.replace(self.key, "•••") if self.key else text

    def cost(self, read_tokens: int, written_tokens: int) -> float | None:
        """The cost of these token counts, in `currency`; None if no price is known."""
        if self.price_in is None and self.price_out is None:
            return None
        return ((self.price_in or 0.0) * read_tokens + (self.price_out or 0.0) * written_tokens) / 1_000_000
