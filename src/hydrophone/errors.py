"""The error tree. Every failure that a user can meet is one of these.

    HydrophoneError
    ├── RequestError            what was asked cannot be done as asked (4xx)
    │   ├── InvalidRequest      a value is wrong; `param` names it
    │   ├── InvalidModel        no such model id
    │   ├── AuthenticationError who asks is not known
    │   ├── Forbidden           known, but may not
    │   ├── NotFound            no such thing, or another caller's
    │   ├── PayloadTooLarge     the body is over the limit
    │   └── RateLimited         too many; `retry_after_s` says when again
    ├── ServiceError            we could not do it (5xx)
    │   ├── NotConfigured       a setting, key or extra is missing
    │   ├── DeadlineExceeded    out of time
    │   ├── UpstreamError       a server we rely on failed
    │   ├── StorageError        a database or index failed
    │   └── InternalError       a defect of ours
    ├── Cancelled               the caller went away or cancelled
    └── DocumentError           one document could not be taken in; the others go on

Rooms raise their own subclasses. `code` is the `type` that goes over the wire, `status` the HTTP
status, `retryable` whether the same request may succeed later. Only `api/errors.py` makes bodies.
"""

from __future__ import annotations


class HydrophoneError(Exception):
    """Base of all our errors; `message` is fit to be shown to the caller."""

    code: str = "internal_error"
    status: int = 500
    retryable: bool = False

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


class RequestError(HydrophoneError):
    """What was asked cannot be done as asked."""

    code = "invalid_request"
    status = 400


class InvalidRequest(RequestError):
    """A value in the request is wrong; `param` names it. `code` may be made finer."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message, param=param)
        if code is not None:
            self.code = code


class InvalidModel(RequestError):
    """No model has this id."""

    code = "invalid_model"


class AuthenticationError(RequestError):
    """The caller's key is missing, malformed or wrong."""

    code = "invalid_api_key"
    status = 401


class Forbidden(RequestError):
    """The caller is known, or needs not be, but may not do this."""

    code = "forbidden"
    status = 403


class NotFound(RequestError):
    """No such thing, or it is another caller's."""

    code = "not_found"
    status = 404


class PayloadTooLarge(RequestError):
    """The body is larger than the server's limit."""

    code = "payload_too_large"
    status = 413


class RateLimited(RequestError):
    """Too many requests; `retry_after_s` says when to come again."""

    code = "request_rate_limit_exceeded"
    status = 429
    retryable = True

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ServiceError(HydrophoneError):
    """We could not do what was asked."""


class NotConfigured(ServiceError):
    """A setting, a key or an optional part is missing; the message says which."""

    code = "service_unavailable"
    status = 503


class DeadlineExceeded(ServiceError):
    """The time for the request or one of its stages ran out."""

    code = "gateway_timeout"
    status = 504
    retryable = True


class UpstreamError(ServiceError):
    """A server that we rely on failed or answered nonsense."""

    code = "bad_gateway"
    status = 502
    retryable = True


class StorageError(ServiceError):
    """A database or an index could not be read or written."""

    retryable = True


class InternalError(ServiceError):
    """A defect of ours: a rule of the house was broken."""


class Cancelled(HydrophoneError):
    """The caller went away or asked to stop."""

    code = "cancelled"
    status = 499


class DocumentError(HydrophoneError):
    """One document could not be taken in; the message says why. The others go on."""

    code = "unreadable_document"
    status = 422
