"""Checks the addresses of servers, when configured and again after name resolution."""

import ipaddress
import re
from typing import NamedTuple

from rag.core.errors import ServerNotAllowed

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA = frozenset(
    map(
        ipaddress.ip_address,
        # metadata services of clouds, which hand out keys, with addresses that are not link-local
        ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"),
    )
)
_THIS_NETWORK = ipaddress.ip_network("0.0.0.0/8")  # Linux treats some of them as this machine
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # NAT64, RFC 6052
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]*))?(?P<path>/[a-z0-9._~/-]*)?",
    re.IGNORECASE | re.ASCII,
)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # "0x7f.1": an obfuscated address; no real name ends like that


class Address(NamedTuple):
    """The parts of a server's address. host: without brackets. path: without a trailing slash."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, the part that may be shown."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def url(self) -> str:
        return self.origin + self.path


def parsed(url: str, server: str) -> Address:
    """The address in `url`, with "/v1" as the default path. server: its name, for the error.

    Raises ServerNotAllowed for anything but plain http or https, and for a user or password (which would be shown with
    the address), a query, non-ASCII characters, or a port outside 1-65535.
    """
    if "@" in url:
        raise ServerNotAllowed(server=server, detail="user_in_url")
    match = _URL.fullmatch(url)
    if match is None:
        raise ServerNotAllowed(server=server, detail="bad_url")
    scheme = match["scheme"].lower()
    port = int(match["port"][:6]) if match["port"] else (443 if scheme == "https" else 80)
    if not 1 <= port <= 65535 or match["port"] == "":
        raise ServerNotAllowed(server=server, detail="bad_port")
    host = match["host"].strip("[]").lower()
    if literal_ip(host) is None and _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise ServerNotAllowed(server=server, detail="bad_url")
    address = Address(scheme, host, port, (match["path"] or "").rstrip("/") or "/v1")
    if literal := literal_ip(host):
        check(literal, address, server, insecure=True)  # plain http is decided with the settings at hand
    return address


def literal_ip(host: str) -> IPAddress | None:
    """`host` as an IP address; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def check(ip: IPAddress, address: Address, server: str, *, insecure: bool, only_here: bool = False) -> None:
    """Raises ServerNotAllowed if Kilde may not connect to `ip`, whatever its name.

    insecure: allow plain http beyond this machine and private networks. only_here: allow only loopback.
    """
    ip = unwrapped(ip)
    if ip.is_loopback:
        return
    refused = ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip.is_reserved or ip in METADATA
    if refused or ip in _THIS_NETWORK or only_here:
        raise ServerNotAllowed(server=server, detail="refused_address")
    if address.scheme == "http" and ip.is_global and not insecure:
        raise ServerNotAllowed(server=server, detail="not_https")


def unwrapped(ip: IPAddress) -> IPAddress:
    """The IPv4 address embedded in an IPv6 address, or else the address itself."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _TRANSLATED:
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        return inner or ip
    return ip
