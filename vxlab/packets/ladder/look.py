"""How a drawn ladder looks: sizes in pixels, how wide text is, and colours for light, dark and paper."""

from __future__ import annotations

GAP = 272
"""Between two columns."""
BOX = 48
ROW = 20
SIDE = 18
MESSAGE, SMALL = 13.0, 11.0
TITLE, NAME = 19.0, 15.0
LINE = 16
MONO = 0.61
"""The width of a character of a font of one width, in its size; of those in use the widest."""

_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[] "), frozenset("mwMW→…@%")


def width(text: str, size: float) -> float:
    """About how wide text of a proportional font is; rather more than less."""
    units = sum(0.34 if c in _NARROW else 0.95 if c in _WIDE or ord(c) > 0x2000 else 0.6 for c in text)
    return units * size


JOURNEYS = 6
_LIGHT = ("#1d5fc4", "#16794a", "#7a3db8", "#b0560a", "#00707d", "#b3263e")
_DARK = ("#7db4ff", "#6fd39b", "#cda2ff", "#ffb26b", "#5fd3df", "#ff93a4")


def _journeys(colours: tuple[str, ...]) -> str:
    return "".join(f".j{n}{{stroke:{c}}}.h{n}{{fill:{c}}}" for n, c in enumerate(colours))


STYLE = (
    "text{font-family:system-ui,-apple-system,'Segoe UI','Noto Sans','DejaVu Sans',sans-serif;fill:#1b2430}"
    ".mono{font-family:ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace}"
    ".page{fill:#fff}"
    ".life{stroke:#9aa7b6;stroke-width:1.2;stroke-dasharray:4 4}"
    ".line{stroke-width:2;fill:none}.tube{stroke-width:11;stroke-opacity:.17;stroke-linecap:round;fill:none}"
    ".halo{stroke:#fff;stroke-width:5;stroke-linejoin:round;paint-order:stroke}"
    ".dim{fill:#5b6878}.warn{fill:#b3263e}"
    ".host{fill:#e9f2ff;stroke:#1d5fc4}.vtep{fill:#fff1df;stroke:#b0560a}.underlay{fill:#eef1f5;stroke:#66758a}"
    ".elsewhere{fill:#fff;stroke:#9aa7b6;stroke-dasharray:3 3}"
    ".gain{fill:#fff8d8;stroke:#b89500}" + _journeys(_LIGHT) + "@media screen and (prefers-color-scheme:dark){"
    "text{fill:#e6ebf2}.page{fill:#12171e}.life{stroke:#56647a}.halo{stroke:#12171e}.dim{fill:#9fb0c4}"
    ".warn{fill:#ff93a4}.tube{stroke-opacity:.28}"
    ".host{fill:#16294a;stroke:#7db4ff}.vtep{fill:#3d2812;stroke:#ffb26b}.underlay{fill:#232c38;stroke:#9fb0c4}"
    ".elsewhere{fill:#12171e;stroke:#56647a}.gain{fill:#373010;stroke:#d9b72b}" + _journeys(_DARK) + "}"
)
