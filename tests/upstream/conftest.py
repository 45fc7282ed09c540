"""What the tests of this room share: answerers over the emulator, and all that they say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

import pytest

from hydrophone.ports import Answerer
from hydrophone.types import (
    Citation,
    Event,
    Failed,
    Finished,
    Notice,
    Question,
    RequestContext,
    Revision,
    Secret,
    Source,
    Sources,
    Text,
    ask,
)
from hydrophone.upstream.answerer import OfficialAnswerer
from hydrophone.upstream.client import Limits, OfficialApi
from hydrophone.upstream.signatures import Signatures
from hydrophone.upstream.target import Target, target_of
from tests.emulators.agent_api import KEY

QUICK = Limits(connect_s=2.0, idle_s=5.0, backoff_s=0.01)
FAST = target_of("fast")


@dataclass(frozen=True)
class Answered:
    """All events of one answer."""

    events: Sequence[Event]
    context: RequestContext

    @property
    def text(self) -> str:
        """The text, with the last revision of it."""
        text = ""
        for event in self.events:
            if isinstance(event, Text):
                text += event.delta
            elif isinstance(event, Revision):
                text = event.text
        return text

    @property
    def sources(self) -> list[Source]:
        """All sources in their order."""
        return [one for event in self.events if isinstance(event, Sources) for one in event.items]

    @property
    def urls(self) -> list[str]:
        """The sources' addresses in their order."""
        return [source.result.url for source in self.sources]

    @property
    def notices(self) -> list[Notice]:
        """What was told of the answer."""
        return [event for event in self.events if isinstance(event, Notice)]

    @property
    def citations(self) -> list[Citation]:
        """What was cited."""
        return [event for event in self.events if isinstance(event, Citation)]

    @property
    def finished(self) -> Finished:
        """The last event of an answer that is whole."""
        last = self.events[-1]
        assert isinstance(last, Finished), last
        return last

    @property
    def failed(self) -> Failed:
        """The last event of one that is not."""
        last = self.events[-1]
        assert isinstance(last, Failed), last
        return last

    def of(self, *kinds: type[Event]) -> list[Event]:
        """The events of these kinds."""
        return [event for event in self.events if isinstance(event, kinds)]


async def answered(
    answerer: Answerer, question: Question | str, context: RequestContext | None = None
) -> Answered:
    """Ask and read to the end."""
    context = context or RequestContext()
    asked = ask(question, model="sonar") if isinstance(question, str) else question
    async with answerer.answer(asked, context) as events:
        return Answered([event async for event in events], context)


def refusal(status: int, kind: str, **more: object) -> dict[str, object]:
    """The body of a refusal, which repeats the key."""
    return {"error": {"message": f"It says {KEY} no.", "type": kind, "code": status} | more}


Connect = Callable[..., OfficialAnswerer]
Close = Callable[[], Awaitable[None]]


@pytest.fixture
async def apis() -> AsyncIterator[Callable[..., OfficialApi]]:
    """Makes connections that are closed after the test; quick limits unless told."""
    made: list[OfficialApi] = []

    def make(url: str, *, key: str = KEY, limits: Limits = QUICK) -> OfficialApi:
        made.append(OfficialApi(url, Secret(key), limits=limits))
        return made[-1]

    yield make
    for api in made:
        await api.close()


@pytest.fixture
def connect(apis: Callable[..., OfficialApi]) -> Connect:
    """Makes answerers."""

    def make(
        url: str,
        *,
        target: Target = FAST,
        deadline_s: float = 10.0,
        key: str = KEY,
        limits: Limits = QUICK,
    ) -> OfficialAnswerer:
        api = apis(url, key=key, limits=limits)
        return OfficialAnswerer(api, target, Signatures(), deadline_s=deadline_s)

    return make
