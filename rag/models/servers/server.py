"""A model server as an administrator named it, or as it was found."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from rag.core.errors import ServerNotAllowed
from rag.models.servers import address
from rag.models.servers.address import Address

Origin = Literal["found", "environment", "file"]
_NAME = re.compile(r"[\w][\w .-]{0,39}")


class ServerModel(NamedTuple):
    """A model that a server has. context: tokens it reads and writes in one go; None where the server does not say."""

    id: str
    context: int | None


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is and what it costs. Made only with an address that is allowed: raises ServerNotAllowed.

    name: without a colon, as models are named "server:<name>:<model>". url: completed with "/v1" where it has no path.
    key: sent to this address alone. models: those that may be used; () for all it has. context: tokens, where the
    server does not say it (or says too much). price_in, price_out: for a million tokens read and written, in
    `currency`. insecure: plain http may be used beyond this machine and private networks.
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
        # a line break in it would be an error of the library's, with the key in its text
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
        """The address without "/v1": what a server can do beyond OpenAI's language is there."""
        return self.url.removesuffix("/v1")

    def describe(self) -> dict[str, Any]:
        """For the ledger and the page of models: JSON, without the key and the path, which can be a key, too."""
        return {"server": self.name, "address": self.address.origin, "found": self.origin}

    def without_key(self, text: str) -> str:
        """`text` as it may be shown: a server can repeat in an error what it was sent."""
        return text.replace(self.key, "•••") if self.key else text

    def cost(self, read: int, written: int) -> float | None:
        """Of so many tokens, in `currency`; None where no price is known."""
        if self.price_in is None and self.price_out is None:
            return None
        return ((self.price_in or 0.0) * read + (self.price_out or 0.0) * written) / 1_000_000
