"""Sysctls that keep a lab quiet: nobody speaks before being spoken to, and the FDB starts empty."""

from __future__ import annotations

from collections.abc import Iterable

Sysctls = dict[str, int]

NO_IPV6: Sysctls = {"net.ipv6.conf.all.disable_ipv6": 1}

ROUTER: Sysctls = {
    "net.ipv4.ip_forward": 1,
    # A namespace takes these from the machine. With several ways, an answer may come by another one.
    "net.ipv4.conf.all.rp_filter": 0,
    "net.ipv4.conf.default.rp_filter": 0,
}

ROUTER_6: Sysctls = {"net.ipv6.conf.all.forwarding": 1}

_NO_DAD: Sysctls = {
    # Addresses are used at once: nobody else has them (both are asked, addrconf_dad_begin() in net/ipv6/addrconf.c).
    "net.ipv6.conf.all.accept_dad": 0,
    "net.ipv6.conf.default.accept_dad": 0,
    # Nobody sends router advertisements here.
    "net.ipv6.conf.default.router_solicitations": 0,
}


def ipv6_everywhere() -> Sysctls:
    """A node that has IPv6 on all its links."""
    # Said even though it is so from the start: a lab may have been without IPv6 before its file was changed.
    return {"net.ipv6.conf.all.disable_ipv6": 0, **_NO_DAD}


def no_ipv6_on(links: Iterable[str]) -> Sysctls:
    """Links without IPv6, in a namespace whose other ones are not the lab's."""
    return {f"net.ipv6.conf.{link}.disable_ipv6": 1 for link in links}


def ipv6_without_link_local(links: Iterable[str]) -> Sysctls:
    """Links with IPv6 there that have no address of their own."""
    settings = {"disable_ipv6": 0, "addr_gen_mode": 1}
    return {f"net.ipv6.conf.{link}.{name}": value for link in links for name, value in settings.items()}


def ipv6_on(links: Iterable[str], without_link_local: Iterable[str] = ()) -> Sysctls:
    """A node that has IPv6 on these links alone.

    Args:
        links: the links.
        without_link_local: those of them whose MAC address others have too, and so its link-local address.
    """
    sysctls = {**_NO_DAD, "net.ipv6.conf.lo.disable_ipv6": 0, "net.ipv6.conf.default.disable_ipv6": 1}
    for link in links:
        sysctls[f"net.ipv6.conf.{link}.disable_ipv6"] = 0
    for link in without_link_local:
        sysctls[f"net.ipv6.conf.{link}.addr_gen_mode"] = 1
    return sysctls
