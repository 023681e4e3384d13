"""What can go wrong with a lab, each with a sentence that says what to do."""


class LabError(Exception):
    """The request cannot be done as things are; the message is for the user."""


class NotRootError(LabError):
    """The kernel lets only root do this."""


class CollisionError(LabError):
    """Something that is not this lab's has a name that the lab needs."""


class UnknownNameError(LabError):
    """There is no lab or node of that name: the input was wrong."""
