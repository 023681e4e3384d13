"""What can go wrong with packets on live links, each with a sentence for the user."""


class PacketError(Exception):
    """It cannot be done as things are. ``status`` is the exit status that goes with it."""

    status = 1


class FilterError(PacketError):
    """The filter is none: the input was wrong."""

    status = 2


class NoCompilerError(PacketError):
    """Neither libpcap nor tcpdump is there to compile a filter."""


class TapError(PacketError):
    """A link cannot be listened on."""


class CraftError(PacketError):
    """A frame that cannot be: the input was wrong."""

    status = 2


class SendError(PacketError):
    """The kernel does not take the frame."""
