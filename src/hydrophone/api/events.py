"""POST /v1/events: the waist's own dialect, an event a frame, as our page reads it.

Each frame is `event: <name>` and one line of the versioned JSON of `codec.py`.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from hydrophone.api.request import (
    BareRoute,
    Body,
    add_post,
    caller,
    models_for,
    parse,
    read_body,
)
from hydrophone.api.sse import EventStream, as_response, frame
from hydrophone.codec import encode, event_name
from hydrophone.ports import House
from hydrophone.types import (
    Event,
    Extras,
    Filter,
    OutputOptions,
    Question,
    RequestContext,
    SearchOptions,
    TextPart,
    Turn,
)

MAX_QUESTION_CHARS = 100_000
SearchedKind = Literal["own", "web", "academic", "social", "sec"]


class AskedTurn(Body):
    """An earlier turn of the conversation."""

    role: Literal["user", "assistant"] = Field(description="Who said it.")
    text: str = Field(description="What was said.")


class EventsRequest(Body):
    """The body of POST /v1/events."""

    question: str = Field(min_length=1, max_length=MAX_QUESTION_CHARS, description="What is asked.")
    model: str | None = Field(
        default=None, description="Model id; without it the server's default."
    )
    history: list[AskedTurn] = Field(
        default_factory=list, description="Earlier turns of the conversation, oldest first."
    )
    collections: list[str] = Field(
        default_factory=list, description="Search only these own collections."
    )
    kinds: list[SearchedKind] = Field(
        default_factory=list,
        description="Search only these kinds of sources; without it own documents and the web.",
    )
    max_results: int | None = Field(default=None, ge=1, le=50, description="Most sources.")
    images: bool = Field(default=False, description="Give images beside the sources.")
    videos: bool = Field(default=False, description="Give videos beside the sources.")


class EventFrames:
    """Every event as it is."""

    def frames(self, event: Event) -> bytes:
        """One frame."""
        return frame(encode(event), name=event_name(event))


def events_router(house: House, *, max_body_bytes: int, default_model: str) -> APIRouter:
    """The endpoint of the waist's own dialect."""
    router = APIRouter(tags=["events"], route_class=BareRoute)

    async def ask(request: Request) -> Response:
        """Ask, and get every event of the answer: steps, sources, text, citations with quotes."""
        principal, session = await caller(request, house.accounts)
        body = parse(EventsRequest, await read_body(request, max_body_bytes))
        model = default_model if body.model is None else body.model
        models_for(house.models, session).card(model)
        context = RequestContext(principal=principal, credential=session, door="events")
        answer = house.answerer.answer(_question(body, model), context)
        return as_response(EventStream(answer, EventFrames()))

    add_post(
        router,
        ("/v1/events",),
        ask,
        schema=EventsRequest,
        answer="The events of the answer.",
        media_types=("text/event-stream",),
    )
    return router


def _question(body: EventsRequest, model: str) -> Question:
    turns = [Turn(turn.role, (TextPart(turn.text),)) for turn in body.history]
    return Question(
        turns=(*turns, Turn("user", (TextPart(body.question),))),
        model=model,
        search=SearchOptions(
            kinds=tuple(body.kinds),
            filter=Filter(collections=tuple(body.collections)),
            max_results=body.max_results,
        ),
        output=OutputOptions(citation_style="default"),
        extras=Extras(images=body.images, videos=body.videos),
    )
