"""Dummy interfaces: links that lead nowhere (ip-link(8))."""

from vxlab.state.kinds.link import link_kind

DUMMY = link_kind("dummy", "a link that drops what it is given", config="CONFIG_DUMMY")
