"""The link types whose frames are read (https://www.tcpdump.org/linktypes.html)."""

ETHERNET = 1
RAW = 101
COOKED = 113
IPV4 = 228
IPV6 = 229
COOKED2 = 276

NAMES = {
    ETHERNET: "Ethernet",
    RAW: "raw IP",
    COOKED: "Linux cooked v1",
    IPV4: "raw IPv4",
    IPV6: "raw IPv6",
    COOKED2: "Linux cooked v2",
}
