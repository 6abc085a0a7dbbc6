"""What a Bot API server says when it does not do what it was asked."""

from typing import Any


class Refusal(Exception):
    """A refusal as it goes over the wire: HTTP status, description and, for some, parameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The JSON object that the client reads."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(what: str) -> Refusal:
    """400: the request is at fault."""
    return Refusal(400, f"Bad Request: {what}")


def forbidden(what: str) -> Refusal:
    """403: the person does not want this bot, or never met it."""
    return Refusal(403, f"Forbidden: {what}")


def conflict(what: str) -> Refusal:
    """409: somebody else receives this bot's updates."""
    return Refusal(409, f"Conflict: {what}")


def too_many_requests(retry_after: int) -> Refusal:
    """429: wait `retry_after` seconds."""
    return Refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def unauthorized() -> Refusal:
    """401: no such token."""
    return Refusal(401, "Unauthorized")


def nothing_there() -> Refusal:
    """404: no such address or file."""
    return Refusal(404, "Not Found")


def unknown_method() -> Refusal:
    """404: no such method (or one that the sandbox does not play)."""
    return Refusal(404, "Not Found: method not found")


def internal_error() -> Refusal:
    """500: an injected failure of the server."""
    return Refusal(500, "Internal Server Error")


def not_modified() -> Refusal:
    """400 for an edit that would change nothing; for a careful sender this is success."""
    return bad_request(
        "message is not modified: specified new message content and reply markup are exactly the same"
        " as a current content and reply markup of the message"
    )
