"""An option with its value, said in words."""

from __future__ import annotations

from vxlab.state.kind import Option
from vxlab.state.types import NOTHING, Value

_WHETHER = "whether "


def said(option: Option, value: Value) -> str:
    """What an option is set to and what that is, from the row of its table."""
    if isinstance(value, bool) and option.help.startswith(_WHETHER):
        return f"{option.name} {'on' if value else 'off'} ({option.help})"
    if value == NOTHING:
        return f"no {option.name} ({option.help})"
    shown = " ".join(option.type.words("", value)).strip()
    return f"{option.name} {shown} ({option.help})"
