"""What can go wrong between a URL and its bytes. Each concerns one page; the others go on.

DocumentError
└── FetchError
    ├── Refused            the guard forbids the URL or an address behind it
    ├── RobotsRefused      the site's robots.txt forbids us the page
    ├── Unreachable        no address, no connection, or no valid TLS
    ├── BadStatus          the server answered with an error
    ├── TooManyRedirects   a loop, or a long chain
    ├── TooLarge           more bytes than allowed, on the wire or unpacked
    ├── TooSlow            a deadline passed
    ├── WrongType          a media type that nobody here can read
    ├── BadEncoding        the content encoding is unknown or broken
    └── RenderFailed       the browser did not show the page

UnreadableAttachment is the other root: what a question brings with it cannot be left out in
silence, so the question is refused.
"""

from __future__ import annotations

from hydrophone.errors import DocumentError, InvalidRequest


class FetchError(DocumentError):
    """A page could not be fetched; the message names the URL or host and the reason."""

    code = "fetch_failed"


class Refused(FetchError):
    """The URL, or an address that its host resolves to, must not be fetched."""

    code = "address_refused"


class RobotsRefused(FetchError):
    """The site's robots.txt does not let our robot read the page."""

    code = "robots_refused"


class Unreachable(FetchError):
    """The host has no address, refuses the connection, or fails TLS."""

    code = "unreachable"
    retryable = True


class BadStatus(FetchError):
    """The server answered with HTTP `answered`; `retry_after_s` if it said when to come again."""

    code = "bad_status"

    def __init__(self, message: str, *, answered: int, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.answered = answered
        self.retry_after_s = retry_after_s
        self.retryable = answered in (408, 425, 429) or answered >= 500


class TooManyRedirects(FetchError):
    """The redirects form a loop or a chain that is too long."""

    code = "too_many_redirects"


class TooLarge(FetchError):
    """The body is over the size limit, on the wire or after decompression."""

    code = "too_large"


class TooSlow(FetchError):
    """Connecting or the whole transfer took longer than allowed."""

    code = "too_slow"
    retryable = True


class WrongType(FetchError):
    """The server sent a media type that cannot be read as text."""

    code = "wrong_type"


class BadEncoding(FetchError):
    """The content encoding is not supported, or the compressed data is broken."""

    code = "bad_encoding"


class RenderFailed(FetchError):
    """The browser that runs a page's scripts did not start, ended, or took too long."""

    code = "render_failed"


class UnreadableAttachment(InvalidRequest):
    """A file or picture that came with a question cannot be read; the message names it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, param="messages", code="invalid_message")
