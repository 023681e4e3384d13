"""What can go wrong with a lab, each with a sentence that says what to do."""


class LabError(Exception):
    """The request cannot be done as things are; the message is for the user.

    ``status`` is the exit status that goes with it.
    """

    status = 1


class NotRootError(LabError):
    """The kernel lets only root do this."""


class CollisionError(LabError):
    """Something that is not this lab's has a name that the lab needs."""


class LockedError(LabError):
    """Another command was changing the lab all the time that the caller would wait."""


class NotAllowedError(LabError):
    """The caller did not agree to what would be run."""


class UnknownNameError(LabError):
    """There is no lab or node of that name: the input was wrong."""

    status = 2


class CommandNotFoundError(LabError):
    """There is no such program; the status is that of shells (POSIX.1, 2.8.2)."""

    status = 127


class CommandNotExecutableError(LabError):
    """The program is there and cannot be run."""

    status = 126
