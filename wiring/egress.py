"""Where we may be sent to by an address that somebody typed: not to ourselves, and not into the private network."""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from desk.errors import Invalid

_EMBEDDED = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses as NAT64 writes them."""


class Refused(Exception):
    """An address that leads where it must not, or nowhere."""


def require_web_address(url: str, *, allow_private: bool) -> None:
    """Raises Invalid("url") unless it is an https address without a password in it.

    Where the private network is allowed, so is http. What the name resolves to is checked at every send.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid("url", "write an address such as https://example.com/hook") from None
    allowed = ("https", "http") if allow_private else ("https",)
    if parts.scheme not in allowed or not parts.hostname or port == 0 or len(url) > 500 or not url.isprintable():
        raise Invalid("url", f"write an address that begins with {allowed[0]}://")
    if parts.username is not None or parts.password is not None:
        raise Invalid("url", "leave user name and password out of the address")
    if not allow_private and _literal(parts.hostname) is not None and not is_public(parts.hostname):
        raise Invalid("url", "this address is in a private network")


async def resolve(host: str, port: int, *, allow_private: bool) -> str:
    """The IP address to connect to; whoever connects must use just this one. Raises Refused.

    All addresses of the name must be public: one that is not is either a mistake or an attack.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused("the name is not known") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise Refused("the name is not known")
    if not allow_private and not all(is_public(address) for address in addresses):
        raise Refused("the address is in a private network")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether this IP address is reachable from everywhere, and no other address in disguise."""
    ip = _literal(address)
    if ip is None:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.sixtofour is not None:
            return is_public(str(ip.sixtofour))
        if ip in _EMBEDDED:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)))
    return ip.is_global and not ip.is_multicast


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.split("%", 1)[0])
    except ValueError:
        return None
