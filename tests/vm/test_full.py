"""Links and options that not every kernel has: one lab of them all is what its file says and what its commands make."""

from pathlib import Path

import pytest

from tests.kernel.conftest import pings, vxlab
from tests.kernel.test_script import assert_scripts_and_up_make_the_same

FULL = Path(__file__).with_name("full.yaml")

pytestmark = pytest.mark.needs(
    "bridge vlan_filtering", "dummy", "macvlan", "vlan", "vrf", "vxlan external", "vxlan vnifilter"
)


@pytest.mark.usefixtures("leaves_nothing")
def test_lab_is_what_its_file_says() -> None:
    vxlab("up", FULL)
    assert "nothing to do" in vxlab("plan", FULL).stdout
    assert pings("full-a", "192.0.2.2")


def test_scripts_and_up_make_the_same(tmp_path: Path) -> None:
    assert_scripts_and_up_make_the_same(FULL, tmp_path, "batch")
