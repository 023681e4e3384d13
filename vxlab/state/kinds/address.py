"""Addresses of links (ip-address(8); linux/if_addr.h IFA_*)."""

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.types import InterfaceAddress, LinkRef

ADDRESS = Kind(
    "address",
    Family.ADDRESS,
    ("link", "address"),
    "an IP address on a link",
    options=(
        Option("address", InterfaceAddress(), "IFA_LOCAL", "", "the address with its prefix length", required=True),
        Option("link", LinkRef(), "", "dev", "the link that has it", required=True),
    ),
)
