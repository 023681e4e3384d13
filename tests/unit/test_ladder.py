"""Ladders: which arrows some sightings make, whatever part of a journey was seen, and in which order columns stand."""

import random
from dataclasses import replace

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether

from tests.unit.ladders import (
    ANSWERS,
    ASKS,
    BACK,
    GROUP,
    H1,
    H2,
    JOURNEY,
    OUT,
    REPLY,
    REQUEST,
    V1,
    V2,
    Entry,
    Scene,
    arrows,
    columns,
    exchange,
    tunnelled,
)
from tests.unit.test_inspect import ALL, FRAMES, frame, mutated, read
from vxlab.packets.files import Interface
from vxlab.packets.ladder import Rest, Role, Sighting, build
from vxlab.packets.ladder.naming import cables, is_inside
from vxlab.packets.ladder.sighting import Place

LEFT_TO_RIGHT = ["h1", "vtep1", "underlay", "vtep2", "h2"]
GAINED = [
    Entry("multicast-vtep2", "vxlan42", H1, V1),
    Entry("multicast-vtep1", "vxlan42", H2, V2),
]


def test_the_journey_of_an_exchange() -> None:
    ladder = exchange().ladder(gained=GAINED)
    assert columns(ladder) == LEFT_TO_RIGHT
    assert [column.role for column in ladder.columns] == [
        Role.HOST,
        Role.VTEP,
        Role.UNDERLAY,
        Role.VTEP,
        Role.HOST,
    ]
    assert [column.address for column in ladder.columns] == ["10.20.0.1", V1, "", V2, "10.20.0.2"]
    assert arrows(ladder) == JOURNEY
    made = list(ladder.arrows)
    assert [arrow.frames for arrow in made] == [(n, n + 1) for n in range(1, 17, 2)]
    assert [ladder.since(arrow) for arrow in made] == [n * 1000 for n in range(0, 16, 2)]
    assert [arrow.journey for arrow in made] == [0] * 4 + [1] * 4
    assert made[1].links == ("eth0", "vtep1")
    assert [(n, g.node, g.mac, g.dst, g.vni) for n, arrow in enumerate(made) for g in arrow.gained] == [
        (2, "vtep2", H1, V1, 42),
        (6, "vtep1", H2, V2, 42),
    ]
    assert ladder.untaught == ladder.notes == ()


@pytest.mark.parametrize(
    "watched",
    [
        ("h1:eth0", "h2:eth0", "vtep1:eth0", "vtep2:eth0"),  # as `vxlab verify` watches
        ("underlay:vtep1", "underlay:vtep2", "vtep1:h1", "vtep2:h2"),
        ("h1:eth0", "underlay:vtep1", "vtep2:eth0", "vtep2:h2"),
    ],
)
@pytest.mark.parametrize("ways", [True, False])
def test_one_end_of_a_cable_is_enough(watched: tuple[str, ...], ways: bool) -> None:
    scene = exchange()
    places = [(f"multicast-{node}", link) for node, link in (one.split(":") for one in watched)]
    seen = [one for one in scene.sightings if one.place in places]
    if not ways:
        seen = [replace(one, outgoing=None) for one in seen]
    ladder = scene.ladder(seen, gained=GAINED)
    assert arrows(ladder) == JOURNEY and columns(ladder) == LEFT_TO_RIGHT
    assert [arrow.end for arrow in ladder.arrows if arrow.gained] == [3, 1]


@pytest.mark.parametrize("renamed", [False, True])
def test_without_a_lab_the_same_frames_make_the_same_arrows(renamed: bool) -> None:
    """By the names of links; where these say nothing, by where the same bytes were seen before."""
    scene = exchange()
    scene.state = None
    if renamed:
        scene.sightings = [
            replace(one, place=(one.place[0], f"port-{one.place[1]}")) for one in scene.sightings if one.place
        ]
    ladder = scene.ladder()
    assert columns(ladder) == LEFT_TO_RIGHT and arrows(ladder) == JOURNEY
    assert [column.role.value for column in ladder.columns] == ["host", "vtep", "underlay", "vtep", "host"]
    assert [column.address for column in ladder.columns] == ["10.20.0.1", V1, "", V2, "10.20.0.2"]


def test_a_cable_without_a_lab_ends_where_the_frame_was_not_seen_any_more() -> None:
    scene = Scene()
    scene.see("vtep1:eth0", "out", tunnelled(V1, GROUP, REQUEST))
    scene.see("vtep1:eth0", "in", tunnelled(V2, V1, REPLY))
    assert columns(scene.ladder()) == ["vtep1", GROUP, V2]
    assert [(start, end) for start, end, _, _ in arrows(scene.ladder())] == [("vtep1", GROUP), (V2, "vtep1")]
    # Where it would have been seen to come in, it did not.
    scene = Scene()
    scene.see("vtep2:eth0", "out", tunnelled(V2, V1, REPLY))
    scene.see("vtep1:eth0", "out", tunnelled(V1, V2, REQUEST))
    assert arrows(scene.ladder())[1][:2] == ("vtep1", "elsewhere")


def test_a_capture_that_names_nothing_goes_by_addresses() -> None:
    scene = Scene()
    for data in (REQUEST, tunnelled(V1, GROUP, REQUEST), tunnelled(V2, V1, REPLY), REPLY):
        scene.see("", "", data)
    assert arrows(scene.ladder()) == [
        ("10.20.0.1", "10.20.0.2", ASKS, ()),
        (V1, GROUP, ASKS, (OUT,)),
        (V2, V1, ANSWERS, (BACK,)),
        ("10.20.0.2", "10.20.0.1", ANSWERS, ()),
    ]
    assert columns(scene.ladder()) == ["10.20.0.1", V1, GROUP, V2, "10.20.0.2"]
    assert {column.name: column.role.value for column in scene.ladder().columns} == {
        "10.20.0.1": "host",
        "10.20.0.2": "host",
        V1: "vtep",
        V2: "vtep",
        GROUP: "underlay",
    }
    # A lab knows who has these addresses.
    named = build(scene.sightings, state=exchange().state, node_of=lambda name: name.removeprefix("multicast-"))
    assert [(start, end) for start, end, _, _ in arrows(named)] == [
        ("h1", "h2"), ("vtep1", GROUP), ("vtep2", "vtep1"), ("h2", "h1")
    ]  # fmt: skip


def test_what_two_interfaces_of_a_capture_see_at_once_is_one_arrow() -> None:
    scene = Scene()
    for at in (0, 90_000, 300_000):
        scene.see("", "", REQUEST, at)
    first, second, later = scene.sightings
    other = second.meaning.frame._replace(interface=Interface(1, 1))
    seen = [first, replace(second, meaning=read(other)), later]
    assert [arrow.frames for arrow in build(seen).arrows] == [(1, 2), (3,)]
    # The same interface sees a frame twice where it was sent twice.
    assert [arrow.frames for arrow in build([first, second]).arrows] == [(1,), (2,)]


def test_solicitations_go_to_whom_they_ask_for() -> None:
    scene = Scene()
    asked = Ether(src=H1, dst="33:33:ff:00:00:02") / IPv6(src="2001:db8::1", dst="ff02::1:ff00:2")
    scene.see("", "", asked / ICMPv6ND_NS(tgt="2001:db8::2"))
    scene.see(
        "", "", Ether(src=H2, dst=H1) / IPv6(src="2001:db8::2", dst="2001:db8::1") / ICMPv6ND_NA(tgt="2001:db8::2")
    )
    probe = Ether(src=H1, dst=ALL) / ARP(op=1, hwsrc=H1, psrc="0.0.0.0", pdst="10.20.0.1")
    scene.see("", "", probe)
    assert [(start, end) for start, end, _, _ in arrows(scene.ladder())] == [
        ("2001:db8::1", "2001:db8::2"), ("2001:db8::2", "2001:db8::1"), (H1, "10.20.0.1")
    ]  # fmt: skip


def test_a_request_without_an_answer_ends_where_it_was_last_seen() -> None:
    scene = exchange()
    ladder = scene.ladder(scene.sightings[:6])
    assert arrows(ladder) == JOURNEY[:3] and columns(ladder) == LEFT_TO_RIGHT[:4]


def test_a_vtep_that_answers_itself() -> None:
    scene = Scene("static-l3")
    scene.pass_by("h1:eth0", "vtep1:h1", REQUEST)
    scene.pass_by("vtep1:h1", "h1:eth0", REPLY)
    assert arrows(scene.ladder()) == [("h1", "vtep1", ASKS, ()), ("vtep1", "h1", ANSWERS, ())]


def test_a_frame_that_is_routed_is_one_journey_still() -> None:
    scene = Scene("irb")
    ip = IP(src="10.1.0.2", dst="10.2.0.3") / ICMP(id=1, seq=1)
    scene.pass_by("r1:eth0", "vtep1:r1", Ether(src=H1, dst="02:00:00:00:00:aa") / ip)
    routed = ip.copy()
    routed.ttl -= 1
    scene.pass_by("vtep1:eth0", "underlay:vtep1", tunnelled(V1, V2, Ether(src=H2, dst=H1) / routed, 200))
    scene.pass_by("underlay:vtep2", "vtep2:eth0", tunnelled(V1, V2, Ether(src=H2, dst=H1) / routed, 200))
    scene.pass_by("vtep2:b2", "b2:eth0", Ether(src=H2, dst=H1) / routed)
    ladder = scene.ladder()
    assert columns(ladder) == ["r1", "vtep1", "underlay", "vtep2", "b2"]
    assert {arrow.journey for arrow in ladder.arrows} == {0}


def test_routers_stand_side_by_side() -> None:
    scene = Scene("leaf-spine")
    scene.see("h1:eth0", "out", REQUEST)
    for spine, leaf, way in (("spine1", "leaf1", "in"), ("spine1", "leaf2", "out")):
        scene.see(f"{spine}:{leaf}", way, tunnelled(V1, V2, REQUEST))
    scene.see("h2:eth0", "in", REQUEST)
    scene.see("h2:eth0", "out", REPLY)
    for spine, leaf, way in (("spine2", "leaf2", "in"), ("spine2", "leaf1", "out")):
        scene.see(f"{spine}:{leaf}", way, tunnelled(V2, V1, REPLY))
    assert columns(scene.ladder()) == ["h1", "leaf1", "spine1", "spine2", "leaf2", "h2"]


def test_the_sender_stands_first_whatever_else_was_seen_before() -> None:
    scene = Scene("multicast")
    asked = Ether(src="02:00:00:00:00:01", dst=ALL) / ARP(op=1, psrc=V2, pdst=V1)
    scene.pass_by("vtep2:eth0", "underlay:vtep2", asked)
    scene.pass_by("h2:eth0", "vtep2:h2", Ether(src=H2, dst=ALL) / ARP(op=1, psrc="10.20.0.2", pdst="10.20.0.2"))
    later = exchange().sightings
    seen = [*scene.sightings, *(replace(one, meaning=read(one.meaning.frame._replace(time=10**6))) for one in later)]
    assert columns(scene.ladder(seen)) == LEFT_TO_RIGHT


def test_who_is_behind_the_same_vtep_stands_beside_the_sender() -> None:
    scene = Scene("irb")
    scene.see("r1:eth0", "out", REQUEST)
    scene.see("vtep1:b1", "out", REQUEST)
    scene.see("vtep1:eth0", "out", tunnelled(V1, V2, REQUEST))
    scene.see("vtep2:eth0", "in", tunnelled(V1, V2, REQUEST))
    scene.see("vtep2:b2", "out", REQUEST)
    scene.see("vtep2:r2", "out", REQUEST)
    assert columns(scene.ladder()) == ["r1", "b1", "vtep1", "underlay", "vtep2", "b2", "r2"]


def test_what_was_sent_twice_is_two_journeys() -> None:
    scene = exchange()
    again = [
        replace(one, meaning=read(one.meaning.frame._replace(time=10**9, number=99))) for one in scene.sightings[:4]
    ]
    assert [arrow.journey for arrow in scene.ladder([*scene.sightings, *again]).arrows] == [0] * 4 + [1] * 4 + [2] * 2


def test_a_copy_that_a_cable_lost_is_not_taken_for_another() -> None:
    """A frame joins the sighting of the same bytes within a second, in the order of time."""
    scene = Scene("multicast")
    scene.see("h1:eth0", "out", REQUEST, 0)
    scene.see("h1:eth0", "out", REQUEST, 5_000_000)
    scene.see("vtep1:h1", "in", REQUEST, 5_000_010)
    assert [arrow.frames for arrow in scene.ladder().arrows] == [(1,), (2, 3)]
    # A clock, or a merged file, may put an arrival a little before its departure; not more.
    scene = Scene("multicast")
    scene.see("vtep1:h1", "in", REQUEST, 0)
    scene.see("h1:eth0", "out", REQUEST, 1)
    scene.see("h1:eth0", "out", REQUEST, 900_000)
    assert [arrow.frames for arrow in scene.ladder().arrows] == [(2, 1), (3,)]
    scene = Scene("multicast")
    scene.see("vtep1:h1", "in", REQUEST, 0)
    scene.see("h1:eth0", "out", REQUEST, 5_000)
    assert [arrow.frames for arrow in scene.ladder().arrows] == [(1,), (2,)]


def test_where_the_clock_stands_still_a_frame_leaves_before_it_comes_in() -> None:
    scene = Scene()
    scene.see("vtep1:eth1", "in", REQUEST, 5)
    scene.see("h1:eth0", "out", REQUEST, 5)
    assert [arrow.frames for arrow in scene.ladder().arrows] == [(2, 1)]


def test_inside_of_a_node_a_frame_is_a_dot() -> None:
    scene = Scene("multicast")
    scene.see("vtep1:vxlan42", "out", REQUEST)
    (arrow,) = scene.ladder().arrows
    assert (arrow.start, arrow.end, arrow.at) == (0, 0, "vxlan42") and columns(scene.ladder()) == ["vtep1"]


@pytest.mark.parametrize("lab", ["multicast", ""])
def test_what_bridges_and_tunnels_see_of_a_message_on_its_way_is_counted(lab: str) -> None:
    """`vxlab capture` listens on all links of a node."""
    scene = Scene("multicast")
    for one in exchange().sightings:
        assert one.place
        node = one.place[0].removeprefix("multicast-")
        way = "out" if one.outgoing else "in"
        between = {("vtep1", "in"): "br42", ("vtep1", "out"): "vxlan42", ("underlay", "in"): "br0"}.get((node, way))
        if between:
            scene.see(f"{node}:{between}", way, one.meaning.frame.data)
        scene.see(f"{node}:{one.place[1]}", way, one.meaning.frame.data)
    if not lab:
        scene.state = None
    ladder = scene.ladder()
    assert arrows(ladder) == JOURNEY and columns(ladder) == LEFT_TO_RIGHT
    assert ladder.notes == ("not drawn: 6 sightings of the same messages at links inside of nodes",)
    assert len(list(scene.ladder(copies=None).arrows)) == len(JOURNEY) + 6


def test_names_that_could_mean_two_cables_mean_none() -> None:
    places = {("a", "h"), ("b", "h"), ("h", "eth0"), ("h", "eth1"), ("c", "d"), ("d", "c"), ("s", "c"), ("c", "s")}
    assert cables(places) == {
        ("c", "d"): ("d", "c"),
        ("d", "c"): ("c", "d"),
        ("c", "s"): ("s", "c"),
        ("s", "c"): ("c", "s"),
    }
    assert cables({("a", "a"), ("a", "x")}) == {}
    inside = {"lo", "br0", "br42", "vxlan42", "vx0", "vrf-1", "eth0.10", "br"}
    assert {
        link for link in (*inside, "eth0", "bridge-to-x", "h1", "vtep1", "brown", "veth1") if is_inside(link)
    } == inside


def test_frames_without_a_time_stay_where_they_are() -> None:
    scene = Scene("multicast")
    scene.see("h1:eth0", "out", REQUEST, 5)
    scene.see("vtep1:eth0", "out", tunnelled(V1, GROUP, REQUEST), None)
    scene.see("h2:eth0", "in", REQUEST, 9)
    assert [arrow.frames for arrow in scene.ladder().arrows] == [(1,), (2,), (3,)]
    assert [arrow.time for arrow in scene.ladder().arrows] == [5000, None, 9000]


def test_an_entry_needs_its_teacher() -> None:
    scene = exchange()
    wrong = [
        Entry("multicast-vtep2", "vxlan42", H2, V1),  # another MAC
        Entry("multicast-vtep2", "vxlan42", H1, V2),  # another VTEP
        Entry("multicast-vtep2", "vxlan42", H1, V1, 43),  # another VNI
        Entry("multicast-vtep1", "vxlan42", H1, V1),  # it sent that frame itself
    ]
    ladder = scene.ladder(gained=wrong)
    assert not any(arrow.gained for arrow in ladder.arrows) and len(ladder.untaught) == 4
    assert all(gain.text in note for gain, note in zip(ladder.untaught, ladder.foot, strict=True))
    # The first one that could teach it did.
    again = [replace(one, meaning=read(one.meaning.frame._replace(time=10**9))) for one in scene.sightings[4:6]]
    twice = scene.ladder([*scene.sightings, *again], gained=GAINED[:1])
    assert [number for number, arrow in enumerate(twice.arrows) if arrow.gained] == [2]


def crowd(others: int, group: str = "") -> tuple[Scene, list[Entry]]:
    """h1 asks all of lab ``hundred`` for h37: of each VTEP its underlay link, and of each host its link was watched."""
    scene = Scene("hundred")
    asked = Ether(src=H1, dst=ALL) / ARP(op=1, hwsrc=H1, psrc="10.0.0.1", pdst="10.0.0.37")
    answered = Ether(src=H2, dst=H1) / ARP(op=2, hwsrc=H2, psrc="10.0.0.37", hwdst=H1, pdst="10.0.0.1")
    vteps = [number for number in range(2, 101) if number <= others or number == 37]
    scene.see("h1:eth0", "out", asked)
    for number in vteps[:1] if group else vteps:
        scene.see("vtep1:eth0", "out", tunnelled("172.16.0.1", group or f"172.16.0.{number}", asked))
    for number in vteps:
        scene.see(f"vtep{number}:eth0", "in", tunnelled("172.16.0.1", group or f"172.16.0.{number}", asked))
        scene.see(f"h{number}:eth0", "in", asked)
    scene.see("h37:eth0", "out", answered)
    scene.see("vtep37:eth0", "out", tunnelled("172.16.0.37", "172.16.0.1", answered))
    scene.see("vtep1:eth0", "in", tunnelled("172.16.0.37", "172.16.0.1", answered))
    scene.see("h1:eth0", "in", answered)
    return scene, [Entry(f"hundred-vtep{number}", "vxlan42", H1, "172.16.0.1") for number in vteps]


@pytest.mark.parametrize("group", ["", GROUP])
def test_a_crowd_is_counted_and_who_answers_is_drawn(group: str) -> None:
    scene, gained = crowd(100, group)
    ladder = scene.ladder(gained=gained)
    assert columns(ladder) == ["h1", "vtep1", "underlay", "vtep2", "h2", "vtep3", "h3", "vtep37", "h37"]
    rests = [row for row in ladder.rows if isinstance(row, Rest)]
    assert sum(row.arrows for row in rests) + len(list(ladder.arrows)) == len(scene.sightings)
    assert sum(len(arrow.gained) for arrow in ladder.arrows) == 3
    told = [row.text for row in rests]
    if not group:
        assert told.pop(0) == "… and 96 more like it: to 172.16.0.4 … 172.16.0.100"
    assert told == [
        "… and 96 more like it: to vtep4 … vtep100; 96 more learn the same",
        "… and 96 more like it: to h4 … h100",
    ]
    assert ladder.notes == ("not drawn: 96 VTEPs and 96 hosts, which only got a copy of what is counted above",)
    whole = scene.ladder(gained=gained, copies=None, most=None)
    assert len(list(whole.arrows)) == len(scene.sightings) and len(whole.columns) == 201 and not whole.notes


def test_sightings_of_a_packet_socket() -> None:
    scene = exchange()
    seen = [
        Sighting.captured(one.place, bool(one.outgoing), found.frame.time or 0, found.frame.data, {4789}, number)
        for number, one in enumerate(scene.sightings, start=1)
        if one.place and (found := one.meaning)
    ]
    assert scene.ladder(seen).to_json() == scene.ladder().to_json()


def test_a_few_copies_are_all_drawn() -> None:
    scene, _ = crowd(4)  # to VTEPs 2, 3, 4 and 37
    assert len(list(scene.ladder().arrows)) == len(scene.sightings)
    assert len(scene.ladder().columns) == 2 * 5 + 1
    more, _ = crowd(5)
    assert len(list(more.ladder().arrows)) < len(more.sightings)


def test_too_many_arrows_are_left_out_and_it_is_said() -> None:
    scene = exchange()
    ladder = scene.ladder(most=5)
    assert arrows(ladder) == JOURNEY[:5] and ladder.beyond == 11
    assert ladder.notes == ("3 more arrows left out, from frame 11 on",)


def test_nested_and_tagged_frames() -> None:
    scene = Scene()
    inner = Ether(src=H1, dst=H2) / Dot1Q(vlan=9) / REQUEST[ARP]
    nested = Ether(tunnelled("10.9.0.1", "10.9.0.2", inner, 7))
    scene.see("", "", tunnelled(V1, V2, nested, 42))
    says = f"{ASKS}, vlan 9"
    assert arrows(scene.ladder()) == [(V1, V2, says, (f"{V1} → {V2} VNI 42", "10.9.0.1 → 10.9.0.2 VNI 7"))]
    outer = Ether(tunnelled(V1, V2, inner, 42))
    tagged = Ether(src=outer.src, dst=outer.dst) / Dot1Q(vlan=8) / outer.payload
    scene = Scene()
    scene.see("", "", tagged)
    assert arrows(scene.ladder()) == [(V1, V2, says, (f"{V1} → {V2} VNI 42 vlan 8",))]


def test_every_frame_is_in_one_arrow_whatever_it_is() -> None:
    """Frames with any bytes changed, seen anywhere in any direction: none is lost, none is drawn twice."""
    chance = random.Random(3)  # noqa: S311  the same frames each time
    state = exchange().state
    places: list[Place | None] = [
        ("multicast-h1", "eth0"), ("multicast-vtep1", "h1"), ("multicast-vtep1", "eth0"), ("multicast-vtep1", "br42"),
        ("multicast-underlay", "vtep1"), ("multicast-underlay", "vtep2"), ("x", "eth0"), ("y", "eth0"), None,
    ]  # fmt: skip
    for _ in range(150):
        seen = []
        for number in range(1, chance.randrange(2, 25)):
            data = chance.choice(FRAMES) if chance.random() < 0.7 else mutated(chance, chance.choice(FRAMES))
            time = chance.choice((None, chance.randrange(10**4), chance.randrange(10**10)))
            one = frame(data)._replace(number=number, time=time)
            seen.append(Sighting(chance.choice(places), chance.choice((None, True, False)), read(one)))
        ladder = build(seen, state=chance.choice((None, state)), copies=None, most=None)
        assert sorted(n for arrow in ladder.arrows for n in arrow.frames) == [*range(1, len(seen) + 1)]
        used = {column for arrow in ladder.arrows for column in (arrow.start, arrow.end)}
        assert used == set(range(len(ladder.columns))) and len(set(columns(ladder))) == len(ladder.columns)
        thin = build(seen, state=state, copies=1)
        counted = sum(row.arrows for row in thin.rows if isinstance(row, Rest))
        assert sum(1 for _ in thin.arrows) + counted <= len(seen)
