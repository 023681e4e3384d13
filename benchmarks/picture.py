"""Growth curves: seconds until a network is up, by its size, on two logarithmic axes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

LINES = {
    "script": ("sh script", "#d1495b"),
    "batch": ("ip -batch", "#e08e1a"),
    "mininet": ("Mininet", "#8a6fc7"),
    "vxlab": ("vxlab up", "#1f9d6b"),
    "floor": ("bare-netlink floor", "#3d8fd1"),
}
"""Who, in words and in a colour that stands out on white and on black."""

_INK, _PAPER = "#010203", "#fdfcfb"
"""Stand for the colours of text and background, which a reader's light or dark mode chooses."""

_STYLE = """<style>
svg { --ink: #24292f; --paper: #ffffff }
@media (prefers-color-scheme: dark) { svg { --ink: #d0d7de; --paper: #0d1117 } }
</style>
"""


def draw(curves: Mapping[str, Mapping[int, float]], caption: str, file: Path) -> None:
    """Write a picture, as SVG; the same each time for the same curves.

    Args:
        curves: for each who, the seconds by number of VTEPs.
        caption: what stands below.
        file: where to.
    """
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams.update({"svg.hashsalt": "vxlab", "svg.fonttype": "none", "font.family": "sans-serif"})
    for part in ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color", "grid.color"):
        matplotlib.rcParams[part] = _INK
    figure, axes = pyplot.subplots(figsize=(8, 5), facecolor=_PAPER)
    axes.set_facecolor(_PAPER)
    _plot(axes, curves)
    figure.text(0.01, 0.01, caption, fontsize=8)
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    figure.savefig(file, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    file.write_text(_with_modes(file.read_text()))


def _plot(axes: Any, curves: Mapping[str, Mapping[int, float]]) -> None:
    for who, (words, colour) in LINES.items():
        if points := sorted(curves.get(who, {}).items()):
            axes.plot(
                *zip(*points, strict=True), color=colour, label=words, marker="o", markeredgecolor=_PAPER, linewidth=2
            )
    axes.set_xscale("log")
    axes.set_yscale("log")
    sizes = sorted({size for points in curves.values() for size in points})
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter("{x:g} s")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("VTEPs with a host each (Mininet: hosts on one bridge)")
    axes.legend(frameon=False, loc="upper left")
    axes.set_title("Until the network is up", loc="left")


def _with_modes(svg: str) -> str:
    """The same with the colours of the reader's mode."""
    head, tag, body = svg.partition("<defs>")
    return (head + _STYLE + tag + body).replace(_INK, "var(--ink)").replace(_PAPER, "var(--paper)")
