"""Requests are packed as pyroute2 encodes them: each step of the library's labs, and each row of each table."""

from pathlib import Path

import pytest

from tests.kernel.rows import ROWS
from tests.kernel.test_lowlevel import Trial
from vxlab.kernel.encode import Encoder
from vxlab.kernel.indexes import Indexes
from vxlab.kernel.netlink import pack
from vxlab.plan import Plan, plan
from vxlab.state.kind import Family
from vxlab.state.model import NetworkState
from vxlab.topology import load

LIBRARY = sorted(path for path in Path("topologies").glob("*.yaml") if path.stem != "hundred")
NOT_NETLINK = (Family.NAMESPACE, Family.SYSCTL, Family.PROCESS)
PACKED = ("bridge", "vxlan", "veth", "macvlan", "loopback", "address", "neighbour", "vni")
"""Kinds of which pyroute2 encodes nothing: a large lab has many of them."""


def requests(steps: Plan) -> list[bytes]:
    encoder = Encoder(Indexes())
    return [encoder.encode(step) for step in steps if step.resource.kind.family not in NOT_NETLINK]


def by_pyroute2(steps: Plan, patch: pytest.MonkeyPatch) -> list[bytes]:
    def own_way(_: object) -> pack.Pack:
        raise pack._OwnWayError

    with patch.context() as patched:
        patched.setattr(pack, "_structure", own_way)
        return requests(steps)


def assert_same(file: Path, patch: pytest.MonkeyPatch) -> None:
    made = plan(NetworkState(), load(file).state)
    gone = plan(load(file).state, NetworkState.of(load(file).state.family(Family.NAMESPACE)))
    for steps in (made, gone):
        ours = requests(steps)
        assert ours and ours == by_pyroute2(steps, patch)


@pytest.mark.parametrize("file", LIBRARY, ids=lambda file: file.stem)
def test_the_library(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_same(file, monkeypatch)


@pytest.mark.parametrize("kind", [kind for kind, rows in ROWS.items() if any(not row.without for row in rows.values())])
def test_rows(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = Trial(kind, tmp_path)
    assert_same(trial.said, monkeypatch)
    assert_same(trial.then, monkeypatch)


@pytest.mark.parametrize("kind", PACKED)
def test_what_there_is_most_of_is_packed(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not left to pyroute2, which would be right and slow."""

    def slow(*words: object) -> bytes:
        pytest.fail(f"pyroute2 encodes {words}")

    monkeypatch.setattr(pack, "_by_pyroute2", slow)
    assert requests(plan(NetworkState(), load(Trial(kind, tmp_path).said).state))
