"""The objects of ``ip`` and ``bridge``, their verbs, and the words that stand behind each.

What iproute2 takes abbreviated, and in which order, is that of its source: do_ipaddr() in ip/ipaddress.c and the
like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vxlab.commands import grammar
from vxlab.commands.explain import extra, links
from vxlab.commands.explain.lexicon import Lexicon, abbreviated, read, read_option
from vxlab.commands.explain.names import kernel_name
from vxlab.commands.explain.reader import Reader
from vxlab.commands.explain.values import problem
from vxlab.state.kind import Family
from vxlab.state.kinds import ADDRESS, BRIDGE_PORT, FDB, MDB, NEIGHBOUR, NEXTHOP, QDISC, ROUTE, RULE, VLAN_TUNNEL, VNI

_MAKE = "NLM_F_CREATE|NLM_F_EXCL"
_REPLACE = "NLM_F_CREATE|NLM_F_REPLACE"

_VERBS: dict[str, tuple[str, str, str]] = {
    "add": ("make it; refused where it is there already", "NEW", _MAKE),
    "append": ("add it behind others like it", "NEW", "NLM_F_CREATE|NLM_F_APPEND"),
    "prepend": ("add it before others like it", "NEW", "NLM_F_CREATE"),
    "change": ("change it; refused where it is not there", "NEW", "NLM_F_REPLACE"),
    "set": ("change it", "NEW", ""),
    "replace": ("change it, or make it where it is not there", "NEW", _REPLACE),
    "delete": ("remove it", "DEL", ""),
    "get": ("ask the kernel for one", "GET", ""),
    "show": ("print them", "GET", ""),
    "flush": ("remove all that match", "DEL", ""),
    "save": ("write them to standard output as netlink messages", "GET", "NLM_F_DUMP"),
}
_SAME = {"chg": "change", "lst": "show", "list": "show", "del": "delete"}
_SHOWING = frozenset(("show", "flush", "save"))


@dataclass(frozen=True)
class Object:
    """One object, such as ``link``.

    ``verbs`` are those of iproute2 in its order, ``=`` before those that cannot be abbreviated. ``message`` is the
    end of the names of its messages; ``messages`` those verbs whose message has another name. Behind a verb stand
    the words of ``lexicons``, or else those of ``change``, or of ``show`` where it only chooses.
    """

    name: str
    text: str
    message: str
    verbs: str
    change: Lexicon = field(default_factory=Lexicon)
    show: Lexicon = field(default_factory=Lexicon)
    lexicons: Mapping[str, Lexicon] = field(default_factory=dict)
    messages: Mapping[str, str] = field(default_factory=dict)

    def read(self, reader: Reader) -> None:
        """Read what stands behind the object."""
        if not reader:
            return
        if reader.skip_shell():
            read(reader, self.change)
            return
        typed = abbreviated(reader.peek(), self.verbs)
        verb = _SAME.get(typed, typed)
        if verb == "help":
            reader.take(1, f"print the syntax of {self.name}")
        elif verb in _VERBS:
            reader.take(1, self._text(verb), self._message(verb))
        else:
            reader.take_unknown(self.verbs.replace("=", "").split(), why=f" as something to do with {self.name}")
        read(reader, self._lexicon(verb))

    def _text(self, verb: str) -> str:
        # `ip link change` is `ip link set` (do_iplink() in ip/iplink.c).
        return _VERBS["set" if verb == "change" and self.name == grammar.LINK else verb][0]

    def _lexicon(self, verb: str) -> Lexicon:
        return self.lexicons.get(verb) or (self.show if verb in _SHOWING else self.change)

    def _message(self, verb: str) -> str:
        if verb in self.messages:
            return self.messages[verb]
        _, what, flags = _VERBS[verb]
        return f"RTM_{what}{self.message} {flags}".strip()


_ENTRY_VERBS = "add change =chg replace delete"
_SHOW_VERBS = "show lst list"

LINK = Object(
    grammar.LINK,
    "links: network interfaces",
    "LINK",
    "add set change replace delete show lst list help",
    links.CHANGED,
    links.SHOWN,
    {"add": links.NEW, "replace": links.NEW},
    {"change": "RTM_NEWLINK", "show": "RTM_GETLINK"},
)

_address = ADDRESS.table
_ADDRESS = Object(
    "address",
    "IP addresses of links",
    "ADDR",
    f"{_ENTRY_VERBS} list show lst flush save help",
    Lexicon(
        (*ADDRESS.options, *extra.ADDRESS_EXTRA),
        {
            "local": _address["address"], "remote": _address["peer"], "brd": _address["broadcast"],
            "priority": _address["metric"], "preference": _address["metric"],
        },
        (_address["address"],),
        prefixes="broadcast metric priority preference valid_lft preferred_lft help",
    ),
    Lexicon(extra.SHOW_ADDRESS, bare=(extra.DEV,), prefixes="help", only=True),
)  # fmt: skip

_route = ROUTE.table
_ROUTE = Object(
    "route",
    "the routing tables",
    "ROUTE",
    f"add change =chg replace prepend append delete list {_SHOW_VERBS} get flush save help",
    Lexicon(
        (*ROUTE.options, *extra.ROUTE_EXTRA),
        {
            "dsfield": _route["tos"], "priority": _route["metric"], "preference": _route["metric"],
            "protocol": _route["protocol"], "oif": _route["link"],
        },
        (_route["type"], _route["to"]),
        prefixes="dsfield metric priority reordering window cwnd initcwnd initrwnd features quickack congctl rttvar "
        "ssthresh realms protocol table vrf pref help",
    ),
    Lexicon(
        (*extra.SHOW_ROUTE, *(_route[name] for name in ("tos", "via", "link", "src", "metric", "scope", "protocol"))),
        {"dsfield": _route["tos"], "protocol": _route["protocol"]},
        (_route["to"],),
        prefixes="table vrf cached cloned dsfield protocol scope type metric priority realms from root match exact to",
        only=True,
    ),
    {
        "get": Lexicon(
            extra.GET_ROUTE,
            {"dev": next(option for option in extra.GET_ROUTE if option.name == "oif")},
            (extra.DESTINATION,),
            prefixes="dsfield from help iif mark oif notify vrf uid fibmatch sport dport ipproto",
        )
    },
)  # fmt: skip

_rule = RULE.table
_RULE = Object(
    "rule",
    "the rules that say which routing table is looked up",
    "RULE",
    "list lst show save add delete flush help",
    Lexicon(
        (*RULE.options, *extra.RULE_EXTRA),
        {
            "pref": _rule["priority"], "preference": _rule["priority"], "order": _rule["priority"],
            "dsfield": _rule["tos"], "table": _rule["table"], "dev": _rule["iif"], "type": _rule["action"],
            "sup_pl": _rule["suppress_prefixlength"],
        },
        (_rule["action"],),
        prefixes="preference order priority dsfield realms protocol tun_id table suppress_prefixlength "
        "suppress_ifgroup help goto nop",
    ),
    Lexicon(
        RULE.options,
        {"pref": _rule["priority"], "table": _rule["table"], "dev": _rule["iif"]},
        prefixes="preference order priority lookup table from to protocol help",
        only=True,
    ),
)  # fmt: skip

_neighbour = NEIGHBOUR.table
_NEIGHBOUR = Object(
    "neighbour",
    "neighbours: which MAC address an IP address has (ARP, ND)",
    "NEIGH",
    f"{_ENTRY_VERBS} get {_SHOW_VERBS} flush help",
    Lexicon(
        (*NEIGHBOUR.options, *extra.NEIGHBOUR_EXTRA),
        {"to": _neighbour["address"]},
        (_neighbour["address"],),
        prefixes="lladdr proxy help extern_learn protocol",
    ),
    Lexicon(extra.SHOW_NEIGHBOUR, bare=(extra.SHOW_NEIGHBOUR[1],), prefixes="proxy protocol help", only=True),
    {"get": Lexicon(extra.GET_NEIGHBOUR, bare=(extra.GET_NEIGHBOUR[1],), prefixes="proxy help")},
)

_NEXTHOP = Object(
    "nexthop",
    "nexthop objects, which routes and FDB entries share",
    "NEXTHOP",
    f"add replace delete list {_SHOW_VERBS} get flush help",
    Lexicon(NEXTHOP.options, {"protocol": NEXTHOP.table["protocol"]}, prefixes="protocol help"),
    Lexicon(extra.SHOW_NEXTHOP, prefixes="dev groups master vrf protocol fdb help", only=True),
)

_fdb = FDB.table
_FDB = Object(
    "fdb",
    "forwarding databases: where a MAC address is",
    "NEIGH",
    f"add append replace delete get {_SHOW_VERBS} =flush help",
    Lexicon(
        (*FDB.options, *extra.FDB_EXTRA),
        {"to": _fdb["mac"]},
        (_fdb["mac"], _fdb["state"]),
        prefixes="master router local permanent temp static dynamic vlan use extern_learn sticky help",
    ),
    Lexicon(extra.SHOW_FDB, prefixes="help", only=True),
    {
        "get": Lexicon(extra.SHOW_FDB, {"to": _fdb["mac"]}, (_fdb["mac"],), prefixes="master vlan dynamic help"),
        "flush": Lexicon((*FDB.options, *extra.SHOW_FDB), bare=(_fdb["state"],), prefixes="help", only=True),
    },
    {"flush": "RTM_DELNEIGH NLM_F_BULK"},
)

_MDB = Object(
    "mdb",
    "multicast databases: which ports, or VTEPs, a group goes to",
    "MDB",
    f"add =replace delete {_SHOW_VERBS} =get =flush help",
    Lexicon(MDB.options, bare=(MDB.table["state"],), prefixes="help"),
    Lexicon(extra.SHOW_MDB, only=True),
    {"flush": Lexicon(MDB.options, bare=(MDB.table["state"],), only=True)},
    {"flush": "RTM_DELMDB NLM_F_BULK"},
)

_VNI = Object(
    "vni",
    "the VNIs that a VXLAN device with vnifilter takes",
    "TUNNEL",
    "=add =delete =show =lst =list =help",
    Lexicon(VNI.options),
    Lexicon(extra.SHOW_DEV, only=True),
)


def _delay(reader: Reader) -> None:
    """Read netem's delay, and the jitter behind it (netem_parse_opt() in tc/q_netem.c)."""
    read_option(reader, QDISC.table["delay"])
    jitter = QDISC.table["jitter"]
    if reader and not problem(jitter, [reader.peek()]):
        reader.take(1, jitter.help, kernel_name(jitter, [reader.peek()]))


_PORT = Object(
    grammar.LINK,
    "links as ports of a bridge",
    "LINK",
    "set change show lst list help",
    Lexicon((*BRIDGE_PORT.options, *extra.BRIDGE_LINK), {"nobackup_port": BRIDGE_PORT.table["backup_port"]}),
    Lexicon(extra.SHOW_PORTS, only=True),
    messages={"set": "RTM_SETLINK", "change": "RTM_SETLINK"},
)

_qdisc = QDISC.table
_QDISC = Object(
    "qdisc",
    "queueing disciplines: what becomes of frames that a link is to send",
    "QDISC",
    f"add change replace =link delete {_SHOW_VERBS} help",
    Lexicon(
        (*QDISC.options, *extra.QDISC_PLACES, *extra.NETEM),
        bare=(_qdisc["discipline"],),
        handlers={"delay": _delay},
        prefixes="help",
    ),
    Lexicon((*extra.SHOW_DEV, *extra.QDISC_PLACES), only=True),
)

_MULTICAST = Object(
    "maddress",
    "the multicast groups that interfaces have joined",
    "MULTICAST",
    "add delete list show lst help",
    Lexicon(extra.MULTICAST, bare=extra.MULTICAST[:1]),
    Lexicon(extra.SHOW_DEV, bare=extra.SHOW_DEV, only=True),
    messages={"add": "SIOCADDMULTI", "delete": "SIOCDELMULTI", "show": "/proc/net/dev_mcast, igmp, igmp6"},
)


def _tunnel_info(reader: Reader) -> None:
    read_option(reader, extra.TUNNEL_INFO)
    if reader.peek() == "id":
        read_option(reader, VLAN_TUNNEL.table["id"], "id")


_VLAN = Object(
    "vlan",
    "the VLANs of bridges and their ports",
    "LINK",
    f"add delete {_SHOW_VERBS} set help",
    Lexicon(extra.VLAN, handlers={"tunnel_info": _tunnel_info}, prefixes="help"),
    Lexicon(extra.SHOW_VLAN, only=True),
    {"set": Lexicon(extra.VLAN_SETTINGS)},
    {"add": "RTM_SETLINK", "show": "RTM_GETLINK, with -d RTM_GETVLAN", "set": "RTM_NEWVLAN"},
)

BY_FAMILY: dict[Family, Object] = {
    Family.ADDRESS: _ADDRESS, Family.NEXTHOP: _NEXTHOP, Family.ROUTE: _ROUTE, Family.RULE: _RULE,
    Family.NEIGHBOUR: _NEIGHBOUR, Family.FDB: _FDB, Family.BRIDGE_VLAN: _VLAN, Family.VLAN_TUNNEL: _VLAN,
    Family.VNI: _VNI, Family.MDB: _MDB, Family.QDISC: _QDISC,
}  # fmt: skip

IP_NAMES = (
    "address addrlabel maddress route rule neighbor neighbour ntable ntbl link l2tp fou ila macsec tunnel tunl tuntap "
    "tap token tcpmetrics tcp_metrics monitor xfrm mroute mrule netns netconf vrf sr nexthop mptcp ioam help stats"
)
"""The objects of ``ip`` in the order in which it looks for what an abbreviation means (ip/ip.c)."""

BRIDGE_NAMES = "link fdb mdb mst vlan vni monitor help"
"""Those of ``bridge`` (bridge/bridge.c)."""

IP_OBJECTS = {
    grammar.LINK: LINK,
    **{abbreviated(word, IP_NAMES): BY_FAMILY[family] for family, word in grammar.IP_OBJECTS.items()},
    "neighbour": _NEIGHBOUR,
    "maddress": _MULTICAST,
}
BRIDGE_OBJECTS = {
    grammar.LINK: _PORT,
    **{word: BY_FAMILY[family] for family, word in grammar.BRIDGE_OBJECTS.items()},
}
TC_NAMES = "qdisc class filter chain actions monitor exec help"
"""Those of ``tc`` (do_cmd() in tc/tc.c)."""

TC_OBJECTS = {word: BY_FAMILY[family] for family, word in grammar.TC_OBJECTS.items()}
