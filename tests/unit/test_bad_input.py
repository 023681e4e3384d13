"""Bad input: each mistake told at its line and column, all at once, with exit status 2, and nothing touched."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vxlab.topology import TopologyError, loads

GOOD = """\
name: good
underlay: {kind: switch, subnet: 192.168.8.0/24}
segments:
  blue: {vni: 42, mode: multicast, group: 239.1.1.42, subnet: 10.20.0.0/24}
vteps:
  vtep1: {}
  vtep2: {}
hosts:
  h1: {vtep: vtep1, segment: blue}
  h2: {vtep: vtep2, segment: blue}
nodes:
  r:
    links:
      eth0: {addresses: [198.51.100.1/24]}
      br0: {kind: bridge}
      vx0: {kind: vxlan, vni: 7, dev: eth0}
    routes:
      - {to: default, via: 198.51.100.2}
  s: {}
links:
  - [r:eth0, s:eth0]
"""

# What is replaced, by what, and the message with the place of it.
MISTAKES = [
    ("vni: 42", "vni: -1", "4:15: -1 is not a whole number from 0 to 16777215"),
    ("vni: 42", "vni: 16777216", "4:15: 16777216 is not a whole number"),
    ("vni: 42", "vni: '42'", "4:15: '42' is not a whole number"),
    ("vni: 42", "vni: true", "4:15: true is not a whole number"),
    ("vni: 42, ", "", "4:3: vni is missing: the VXLAN network identifier"),
    ("vni: 42", "vnii: 42", "4:10: 'vnii' is not a key here; did you mean vni?"),
    ("group: 239.1.1.42", "group: 10.0.0.1", "4:43: '10.0.0.1' is not a multicast group address"),
    ("group: 239.1.1.42", "group: ff0e::1", "4:36: ff0e::1 is IPv6, and the underlay is IPv4"),
    ("mode: multicast", "mode: evpn", "4:25: evpn is not there yet: this version has multicast, replicate"),
    ("mode: multicast", "mode: mcast", "4:25: 'mcast' is not one of multicast, replicate"),
    ("mode: multicast", "mode: replicate", "4:36: mode replicate floods to no group"),
    ("subnet: 10.20.0.0/24", "subnet: 10.20.0.0/32", "4:55: 10.20.0.0/32 is too small: it has 1 addresses for 2 hosts"),
    ("subnet: 10.20.0.0/24", "subnet: 10.20.0.1/24", "4:63: 10.20.0.1/24 has host bits set"),
    ("subnet: 192.168.8.0/24", "subnet: 192.168.8.0/32", "2:26: 192.168.8.0/32 is too small"),
    ("kind: switch", "kind: mesh", "4:19: an underlay of kind mesh carries no multicast: use mode replicate, static-l2 or static-l3 (or kind switch); see line 2"),
    ("h1: {vtep: vtep1", "h1: {vtep: vtep9", "9:8: there is no VTEP vtep9; did you mean vtep"),
    ("vtep1, segment: blue", "vtep1, segment: red", "9:21: there is no segment red; there is blue"),
    ("  h2:", "  vtep1:", "10:3: two nodes have the name vtep1: the other one is in vteps"),
    ("  h2:", "  r:", "12:3: two nodes have the name r: the other one is in hosts"),
    ("  h2:", "  h1:", "10:3: h1 stands here twice: the first one is in line 9"),
    ("  h2:", "  underlay:", "10:3: two nodes have the name underlay: the other one is the switch of the underlay"),
    ("  h2:", "  h 2:", "10:3: 'h 2' is not a name"),
    ("  h2: {", "  h2: {address: 10.20.0.256, ", "10:17: '10.20.0.256' is not an IP address such as 10.20.0.7"),
    ("  h2: {", "  h2: {address: 10.21.0.1, ", "10:8: 10.21.0.1 is not in 10.20.0.0/24"),
    ("  h2: {", "  h2: {address: 10.20.0.255, ", "10:8: 10.20.0.255 is the network's own or its broadcast"),
    ("  vtep1: {}\n  vtep2: {}", "  vtep1: {address: 192.168.8.9}\n  vtep2: {address: 192.168.8.9}",
     "7:11: 192.168.8.9 is a duplicate address: vtep1 has it already"),
    ("  vtep1: {}", "  vtep1: []", "6:10: a list is not a mapping"),
    ("  vtep1: {}", "  vtep1: {segments: [green]}", "6:22: there is no segment green"),
    ("  vtep1: {}", "  vtep1: {segments: []}", "9:21: vtep1 does not carry segment blue"),
    ("  vtep1: {}", "  vtep[3-1]: {}", "6:3: the range [3-1] runs backwards"),
    ("  vtep1: {}", "  vtep[1-2]: {}", "6:3: vtep2 stands here twice"),
    ("  vtep1: {}", "  vtep[1-99999999]: {}", "6:3: vtep[1-99999999] means 99999999 names"),
    ("  h2: {vtep: vtep2", "  h[2-4]: {vtep: 'vtep[1-2]'", "10:18: vtep[1-2] means 2 names, and h[2-4] means 3"),
    ("      eth0: {a", "      interface-too-long: {a", "14:7: 'interface-too-long' has 18 bytes: an interface name has at most 15"),
    ("      br0: {kind: bridge}", "      br0: {kind: bond}", "15:12: 'bond' is not a kind of link: there is bridge, dummy, macvlan, vlan, vrf, vxlan"),
    ("      br0: {kind: bridge}", "      br0: {}", "15:7: br0 has no kind (bridge, dummy, macvlan, vlan, vrf, vxlan) and no cable"),
    ("      br0: {kind: bridge}", "      br0: {kind: veth}", "15:12: a veth has two ends"),
    ("      br0: {kind: bridge}", "      br0: {kind: bridge, master: br0}", "15:27: a bridge cannot be a port of a bridge"),
    ("      br0: {kind: bridge}", "      br0: {kind: bridge, mac: '01:00:00:00:00:01'}", "15:32: '01:00:00:00:00:01' is not a unicast"),
    ("      br0: {kind: bridge}", "      br0: {kind: bridge, bridge_port: {flood: false}}", "15:27: br0 is no port: it has no bridge as master"),
    ("vni: 7", "vni: 7, learning: yes", "16:44: 'yes' is not true or false"),
    ("vni: 7", "vni: 7, lerning: true", "16:34: 'lerning' is not a key here; did you mean learning?"),
    ("dev: eth0", "dev: eth9", "16:34: there is no link eth9 in this node; did you mean eth0?"),
    ("dev: eth0", "group: 239.1.1.1", "16:34: a group needs dev"),
    ("dev: eth0", "remote: 192.0.2.1, group: 239.1.1.1, dev: eth0", "group and remote contradict each other"),
    ("dev: eth0", "dev: br0, master: br0", "16:44: br0 stands on itself, by way of vx0"),
    ("addresses: [198.51.100.1/24]", "addresses: [198.51.100.1]", "14:26: '198.51.100.1' is not an address with its prefix length"),
    ("addresses: [198.51.100.1/24]", "addresses: [198.51.100.1/24, 198.51.100.1/24]", "14:43: 198.51.100.1/24 is a duplicate address"),
    ("  - [r:eth0, s:eth0]", "  - {r:eth0: {}, s:eth0: {addresses: [198.51.100.1/24]}}", "198.51.100.1 is a duplicate address"),
    ("to: default, via: 198.51.100.2", "to: default", "18:10: a route needs via, link, nexthops or nhid"),
    ("to: default, via: 198.51.100.2", "to: 10.0.0.1/8, link: eth0", "18:14: 10.0.0.1/8 has host bits set: the network is 10.0.0.0/8"),
    ("to: default, via: 198.51.100.2", "to: '::/0', via: 198.51.100.2", "are not of one IP version"),
    ("  s: {}", "  s: {sysctls: {kernel.panic: 1}}", "19:17: 'kernel.panic' is not a sysctl below net."),
    ("  s: {}", "  s: {sysctls: {net/../kernel/panic: 1}}", "is not a sysctl below net."),
    ("  s: {}", "  s: {fdb: [{link: eth0, mac: '00:00:00:00:00:00', dst: 192.0.2.1}]}", "eth0 is a veth: an FDB entry with dst"),
    ("      br0: {kind: bridge}", "      all: {kind: bridge}", "15:7: all cannot be an interface name"),
    ("      br0: {kind: bridge}", "      br0: {kind: bridge, addresses: ['fe80::1%5/64']}", "'fe80::1%5/64' is not an address"),
    ("      br0: {kind: bridge}", "      lo: {master: br0}", "15:12: "),
    ("vni: 7", "vni: 7, mtu: 1500", "16:34: 1500 is too large: eth0 has 1500, which leaves 1450"),
    ("  s: {}", "  s: {links: {v: {kind: vxlan, vni: 1}}, fdb: [{link: v, mac: '02:00:00:00:00:01', dst: 192.0.2.1}, {link: v, mac: '02:00:00:00:00:01', dst: 192.0.2.2}]}",
     "02:00:00:00:00:01 is already behind 192.0.2.1"),
    ("  s: {}", "  h[1-99999]: {}", "19:3: h[1-99999] means 99999 names"),
    ("[r:eth0, s:eth0]", "[r:eth0, t:eth0]", "21:14: there is no node t"),
    ("[r:eth0, s:eth0]", "[r:eth0]", "21:5: a cable has two different ends"),
    ("[r:eth0, s:eth0]", "[r:eth0, r:eth0]", "21:5: a cable has two different ends"),
    ("[r:eth0, s:eth0]", "[r:br0, s:eth0]", "br0 has a kind here and is the end of a cable too"),
    ("[r:eth0, s:eth0]", "[reth0, s:eth0]", "21:6: 'reth0' is not NODE:LINK"),
    ("name: good", "name: ../etc", "1:7: '../etc' is not a name"),
    ("name: good", "name: good\nnmae: x", "2:1: 'nmae' is not a key here; did you mean name?"),
    ("name: good", "name: good\nname: better", "2:1: name stands here twice"),
    ("  vtep1: {}", "  vtep1: !!python/object:os.system {}", "6:10: the tag"),
    ("  vtep1: {}", "  vtep1: *nothing", "6:10: *nothing names nothing that stands before it"),
    ("  vtep1: {}", "  vtep1: {", "this is not YAML"),
    ("name: good", "name: good\n---\nname: other", "2:1: a second document starts here"),
]  # fmt: skip


def mistakes(text: str) -> str:
    with pytest.raises(TopologyError) as caught:
        loads(text, "lab.yaml")
    return str(caught.value)


def test_the_good_file_is_good() -> None:
    assert loads(GOOD).name == "good"


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES, ids=lambda value: value.strip()[:40])
def test_each_mistake_is_told_where_it_is(old: str, new: str, message: str) -> None:
    assert old in GOOD
    told = mistakes(GOOD.replace(old, new, 1))
    assert message in told
    assert all(line.startswith("lab.yaml:") for line in told.splitlines())
    assert told.count("\n") <= 2, "one mistake is not told as many"


def test_all_mistakes_are_told_at_once_in_order() -> None:
    text = (
        GOOD.replace("vni: 42", "vni: -1")
        .replace("h1: {vtep: vtep1", "h1: {vtep: vtep9")
        .replace("dev: eth0", "dve: x")
    )
    lines = [line.split(":")[1] for line in mistakes(text).splitlines()]
    assert lines == ["4", "9", "16"]


def test_deep_and_growing_yaml_is_refused_quickly() -> None:
    assert "nested more than" in mistakes("a: " + "[" * 100_000)
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))
    assert "aliases" in mistakes(bomb)
    assert "x" in mistakes(f"name: {'x' * 1_000_000}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "1:1: the file is empty"),
        (b"# only a comment\n", "1:1: the file is empty"),
        (b"name: x\n", "the file describes no node"),
        (b"just words\n", "'just words' is not a mapping"),
        (b"- 1\n", "a list is not a mapping"),
        (b"\x7fELF\x02\xff\xfe\x00", "1:6: not text in UTF-8"),
        (b"name: a\x00b\n", "this is not YAML"),
        (b"name: [\n", "this is not YAML"),
    ],
)
def test_files_that_are_no_topologies(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "file.yaml"
    file.write_bytes(content)
    result = command("validate", file)
    assert result.returncode == 2 and message in result.stderr
    assert result.stderr.startswith(f"{file}:") and "Traceback" not in result.stderr


def command(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vxlab", *map(str, words)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("verb", ["up", "plan", "expand", "cheatsheet", "down", "validate"])
def test_every_command_refuses_a_directory_and_what_is_not_there(tmp_path: Path, verb: str) -> None:
    for file, message in ((tmp_path, "a directory"), (tmp_path / "no.yaml", "No such file")):
        result = command(verb, file)
        assert result.returncode == 2 and message in result.stderr, result.stderr
        assert result.stdout == "" and "Traceback" not in result.stderr


def test_wrong_words_on_the_command_line_are_status_2() -> None:
    assert command("nonsense").returncode == 2
    assert command("up").returncode == 2
    assert command("down").returncode == 2
    assert command("down", "a", "--all").returncode == 2


@pytest.mark.parametrize("words", [["up", "FILE"], ["down", "lab"], ["verify", "lab"], ["exec", "h1", "--", "true"]])
def test_not_root_is_one_sentence(words: list[str], monkeypatch: pytest.MonkeyPatch, capsys, tmp_path: Path) -> None:
    from vxlab.cli import main
    from vxlab.lab import find, record

    file = tmp_path / "good.yaml"
    file.write_text(GOOD)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(find, "running", lambda lab: None)
    monkeypatch.setattr(find, "node", lambda node, lab: (None, ""))
    monkeypatch.setattr(record, "DIRECTORY", tmp_path / "state")
    monkeypatch.setattr(sys, "argv", ["vxlab", *(str(file) if word == "FILE" else word for word in words)])
    with pytest.raises(SystemExit) as ended:
        main.main()
    told = capsys.readouterr().err
    assert ended.value.code == 1
    assert told.count("\n") == 1 and "sudo" in told
    assert not (tmp_path / "state").exists()
