"""What can go wrong on the way into the user's own namespaces."""


class HolderError(Exception):
    """The holder cannot be reached or joined; the message is for the user."""


class ForbiddenError(HolderError):
    """This machine does not let the user have namespaces; the message says which setting does not."""
