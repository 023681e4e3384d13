"""Topologies by chance that this kernel and iproute2 6.1 can make."""

from typing import Any

from hypothesis import strategies as st

from tests.unit.drawn import high_level, validates
from vxlab.commands.versions import USUAL
from vxlab.state.kinds import VXLAN

NEW = {
    option.name for option in VXLAN.options if option.iproute2 and tuple(map(int, option.iproute2.split("."))) > USUAL
}
NOT_HERE = {"kind": "dummy"}
INSTEAD = {"kind": "vxlan", "vni": 99999, "port": 999}
"""A device that is there by itself and has a carrier, as a dummy is."""


def possible(data: Any) -> Any:
    if isinstance(data, list):
        return [possible(item) for item in data]
    if not isinstance(data, dict):
        return data
    if data.get("kind") == NOT_HERE["kind"]:
        data = {**data, **INSTEAD}
    return {key: possible(value) for key, value in data.items() if key not in NEW}


labs: st.SearchStrategy[dict[str, Any]] = high_level().map(possible).filter(validates)
"""Low-level things are in their extras; every row of every table is tried by test_lowlevel."""
