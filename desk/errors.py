"""Errors that answer the caller's question: retry, park, give up, or tell the person."""

from datetime import timedelta


class DeskError(Exception):
    """Base of every error the desk raises on purpose."""


class BadSignature(DeskError):
    """A webhook that was not signed with our secret, or whose signature is stale (answer 401 or 403)."""


class MalformedRequest(DeskError):
    """An authentic request whose body cannot be understood (answer 400). Never carries the body."""


class NotFound(DeskError):
    """The thing asked for does not exist, or is not the caller's to see."""


class Conflict(DeskError):
    """Somebody else was first; the message says who or what, in words fit for a person."""


class Refused(Conflict):
    """A rule of the desk forbids it as things stand; `name` is the rule, for telling it in the reader's language."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class Invalid(DeskError):
    """Input that breaks a rule; `field` names the input, the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class SendDeferred(DeskError):
    """The platform provably did not take the message: try again after `retry_after`.

    `whole_channel` is true when the platform asked the whole account to wait, not one chat.
    """

    def __init__(self, reason: str, retry_after: timedelta, *, whole_channel: bool = False) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.whole_channel = whole_channel


class SendRejected(DeskError):
    """The platform refused the message for good; `unreachable` when it refuses the customer altogether."""

    def __init__(self, reason: str, *, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.unreachable = unreachable


class WindowClosed(DeskError):
    """The platform allows no message to this customer until they write again: park it, do not retry."""


class SendInDoubt(DeskError):
    """The connection broke after the message left: it may have arrived, so it is never sent again blindly."""


class BotUnavailable(DeskError):
    """The assistant cannot be reached or is starting: keep the message and try again."""


class BotFailed(DeskError):
    """The assistant was reached and failed on this very message (counts towards giving up on it)."""
