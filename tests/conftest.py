"""What all tests share."""

import signal
from pathlib import Path

import hypothesis
import pytest

from tests.bench import (  # noqa: F401  pytest finds its hooks in here
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)

# Whether an example is quick depends on the machine, not on the code; and the same code is to pass or fail each time,
# soon. `--hypothesis-profile=explore` draws other examples each time; `shrink` also makes what fails small, in minutes.
hypothesis.settings.register_profile("shrink", deadline=None)
SOON = [phase for phase in hypothesis.Phase if phase is not hypothesis.Phase.shrink]
hypothesis.settings.register_profile("explore", deadline=None, database=None, phases=SOON)
hypothesis.settings.register_profile("vxlab", deadline=None, derandomize=True, database=None, phases=SOON)
hypothesis.settings.load_profile("vxlab")

# What starts in the background of a shell ignores these two, and so would the programs that the tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)

ROOT = Path(__file__).parent.parent
TOPOLOGIES = sorted((ROOT / "topologies").glob("*.yaml"))


LARGE = ("hundred",)
FULL = {
    "lossy-underlay": ("qdisc netem",),
    "single-device": ("bridge vlan_filtering", "vxlan vnifilter"),
    "symmetric-irb": ("vrf",),
    "trunk-hosts": ("bridge vlan_filtering", "vlan"),
    "vlan-aware": ("bridge vlan_filtering",),
}
"""Those that need what not every kernel has, with that: tests/vm brings them up."""
ANYWHERE = [path for path in TOPOLOGIES if path.stem not in FULL]
SMALL = [path for path in ANYWHERE if path.stem not in LARGE]
"""Those that are not there for their size: what is shown is shown without."""


@pytest.fixture(params=TOPOLOGIES, ids=lambda path: path.stem)
def library_file(request: pytest.FixtureRequest) -> Path:
    """Each file of the topology library in turn."""
    return request.param


@pytest.fixture
def library() -> Path:
    return ROOT / "topologies"
