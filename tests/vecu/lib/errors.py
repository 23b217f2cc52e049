"""The one exception that tells a person what was being done, to what, and why it failed."""


class VecuError(Exception):
    """Something could not be done. The message is complete: no traceback is needed to understand it."""


class NotInTime(VecuError):
    """Something awaited did not happen within its bound. The message names what and how long."""
