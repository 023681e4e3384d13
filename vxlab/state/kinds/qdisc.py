"""Impairments: the queueing discipline of a link that holds up and loses what it sends (tc-netem(8)).

netem does all of it, the rate too: a link that sends at a rate takes a time for each frame, which is what netem's
``rate`` does, and needs nothing else to be said. A token bucket (tc-tbf(8)) lets bursts pass at once, wants to know how
large they are, and would be a second discipline below the first.
"""

from typing import Any

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.types import Duration, LinkRef, OneOf, Percent, Rate

NETEM = "netem"


class Discipline(OneOf):
    """The one that files ask for; a link may have another one, which somebody else has given to it."""

    def words(self, word: str, value: object) -> tuple[str, ...]:  # noqa: ARG002  the value is the word
        return (str(value),)

    def to_netlink(self, value: object) -> object:
        return str(value)

    def from_netlink(self, raw: Any) -> str:
        return str(raw)


QDISC = Kind(
    "qdisc",
    Family.QDISC,
    ("link",),
    "an impairment: how late, how often and how fast a link sends",
    options=(
        Option("link", LinkRef(), "", "dev", "the link", required=True),
        Option("discipline", Discipline({NETEM: 0}), "", "", "netem, the network emulator", fixed=True),
        Option(
            "delay", Duration(), "TCA_NETEM_LATENCY64", "delay", "how much later each frame is sent", default="0s",
        ),
        Option(
            "jitter", Duration(), "TCA_NETEM_JITTER64", "",
            "by how much the delay is more or less, at random; frames may overtake each other", default="0s",
            example="2ms",
        ),
        Option("loss", Percent(), "", "loss", "how many of all frames are lost, at random", default="0%"),
        Option(
            "rate", Rate(), "TCA_NETEM_RATE", "rate", "how many bits are sent in a second", default="0bit",
        ),
    ),
    config="CONFIG_NET_SCH_NETEM",
)  # fmt: skip

IMPAIRMENTS = tuple(option for option in QDISC.options if option.name not in ("link", "discipline"))
"""The options that a link takes beside its own."""
