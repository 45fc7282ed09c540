"""A report on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hydrophone.engine.limits.bounds import Bounds, bounds_of
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.plan import Plan
from hydrophone.types import Question, RequestContext, Source


@dataclass(frozen=True, slots=True)
class Report:
    """What a report is written from, and the bounds that it keeps."""

    question: Question
    plan: Plan
    sources: Sequence[Source]
    profile: Profile
    context: RequestContext
    bounds: Bounds


def begun(
    question: Question,
    plan: Plan,
    sources: Sequence[Source],
    profile: Profile,
    context: RequestContext,
) -> Report:
    """The report that is written now, within the bounds of its request."""
    bounds = bounds_of(question, profile, context, plan.write_by)
    return Report(question, plan, sources, profile, context, bounds)
