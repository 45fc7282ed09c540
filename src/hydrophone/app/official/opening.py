"""The official API, opened as the settings say."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

from hydrophone.app.late import LateAnswerer
from hydrophone.app.writing import checking_for
from hydrophone.settings import Settings
from hydrophone.types import Secret

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hydrophone.app.models import LocalModels
    from hydrophone.catalog import Official
    from hydrophone.engine.profile import Profile
    from hydrophone.fetch.attachments.reading import Attachments
    from hydrophone.ports import Answerer, Searcher
    from hydrophone.upstream.client import OfficialApi
    from hydrophone.upstream.target import Target


def official_key(settings: Settings) -> Secret | None:
    """The key of the official API; None when there is none, or nothing may go out."""
    if settings.upstream_key is None or settings.offline:
        return None
    return Secret(settings.upstream_key.get_secret_value())


def open_api(settings: Settings, stack: AsyncExitStack, key: Secret) -> OfficialApi:
    """The connections; `stack` closes them. Raises NotConfigured for a wrong address."""
    from hydrophone.upstream.client import OfficialApi

    api = OfficialApi(settings.upstream_url, key)
    stack.push_async_callback(api.close)
    return api


def open_official(
    settings: Settings,
    api: OfficialApi,
    engine: Callable[[Profile], Answerer],
    models: Callable[[], Awaitable[LocalModels]],
    attachments: Callable[[], Awaitable[Attachments]],
    cited: Callable[[Answerer, Profile], Awaitable[Answerer]],
) -> Official:
    """What answers for models of the official API, with the engine around and behind it. `models`
    check its citations, `attachments` reads the files that it does not take, `cited` keeps what an
    answerer cites.

    Raises NotConfigured for models that cannot be meant.
    """
    from hydrophone.app.official.around import AroundOfficial
    from hydrophone.app.official.first import OfficialFirst
    from hydrophone.catalog import Official
    from hydrophone.upstream.answerer import OfficialAnswerer
    from hydrophone.upstream.files import FileTexts
    from hydrophone.upstream.signatures import Signatures
    from hydrophone.upstream.target import read_targets

    signatures, files = Signatures(), FileTexts(attachments)

    async def around(target: Target, profile: Profile) -> Answerer:
        is_report = profile.kind == "report"
        limit_s = settings.research_deadline_s if is_report else settings.deadline_s
        answerer = OfficialAnswerer(api, target, signatures, deadline_s=limit_s, files=files)
        local = await models()
        checking = checking_for(settings, local.reranker, local.entailment)
        checker = None if checking is None else checking.checker
        return await cited(AroundOfficial(answerer, api, checker), profile)

    def build(target: Target, profile: Profile) -> Answerer:
        official = LateAnswerer(partial(around, target, profile))
        return OfficialFirst(official, engine(profile), falls_back=settings.upstream_fallback)

    return Official(read_targets(settings.upstream_models), build)


def with_official_search(settings: Settings, api: OfficialApi | None, own: Searcher) -> Searcher:
    """The search of the house, or the official one before it."""
    if api is None or not settings.upstream_search:
        return own
    from hydrophone.app.official.searching import OfficialSearchFirst
    from hydrophone.upstream.search import OfficialSearcher

    official = OfficialSearcher(api, deadline_s=settings.deadline_s)
    return OfficialSearchFirst(official, own, falls_back=settings.upstream_fallback)
