"""What the room of jobs raises and ends jobs with."""

from __future__ import annotations

from hydrophone.errors import NotFound, ServiceError


class NoSuchJob(NotFound):
    """No job has this id, or it is another caller's."""


class QueueFull(ServiceError):
    """Too many jobs wait."""

    code = "service_unavailable"
    status = 503
    retryable = True


class Interrupted(ServiceError):
    """The server stopped in the middle of a job too often, or could not go on with its answer."""

    code = "interrupted"
    retryable = True
