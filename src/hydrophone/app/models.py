"""The models in this process, the language model at its endpoint, and the engine that uses them."""

from __future__ import annotations

import importlib.util
import os
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hydrophone.app.writing import checking_for, window_for
from hydrophone.errors import NotConfigured
from hydrophone.ports import Answerer, Searcher
from hydrophone.settings import Settings
from hydrophone.types import Budgets, Notice, Secret

if TYPE_CHECKING:
    from hydrophone.engine.engine import Writer
    from hydrophone.engine.profile import Profile
    from hydrophone.fetch.attachments.reading import Attachments
    from hydrophone.llm.base import ChatModel, Reranker, TokenCounter
    from hydrophone.llm.embedder import OnnxEmbedder
    from hydrophone.llm.entailment import EntailmentModel
    from hydrophone.llm.reranker import CrossEncoder
    from hydrophone.search.pages import Pages

MOST_THREADS = 4
_RUNTIME = ("onnxruntime", "tokenizers")


@dataclass(frozen=True, slots=True)
class LocalModels:
    """The models in this process. Where their files are missing, `problem` says what to do."""

    embedder: OnnxEmbedder | None
    cross_encoder: CrossEncoder | None
    reranker: Reranker
    tokens: TokenCounter
    problem: str | None = None
    entailment: EntailmentModel | None = None

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What callers are told when something stands in for the models."""
        if self.problem is None:
            return ()
        message = "Sentences were chosen by their words: the cross-encoder's files are missing."
        return (Notice("no_reranker", message),)

    async def load(self) -> None:
        """Load the models' files now."""
        if self.embedder is not None:
            await self.embedder.load()
        if self.cross_encoder is not None:
            await self.cross_encoder.load()


def threads(wanted: int) -> int:
    """The wanted number, or for 0 one a core and at most four."""
    return wanted or min(os.cpu_count() or 1, MOST_THREADS)


def local_models(settings: Settings, stack: AsyncExitStack, *, embed_threads: int) -> LocalModels:
    """Embedder and cross-encoder, or words alone when their files or runtime are missing."""
    from hydrophone.llm.overlap import WordOverlap
    from hydrophone.llm.tokens import WordCounter

    try:
        models = _onnx_models(settings, stack, embed_threads)
    except NotConfigured as error:
        models = LocalModels(None, None, WordOverlap(), WordCounter(), problem=error.message)
    return replace(models, entailment=_entailment(settings, stack))


def _entailment(settings: Settings, stack: AsyncExitStack) -> EntailmentModel | None:
    """The user's own model for checking citations. Raises NotConfigured when its folder is not
    what it should be: nothing stands in for what somebody asked for."""
    if settings.entailment_dir is None:
        return None
    from hydrophone.llm.entailment import EntailmentModel

    model = EntailmentModel(
        settings.entailment_dir.expanduser(), threads=threads(settings.model_threads)
    )
    stack.push_async_callback(model.close)
    return model


def _onnx_models(settings: Settings, stack: AsyncExitStack, embed_threads: int) -> LocalModels:
    for module in _RUNTIME:
        if importlib.util.find_spec(module) is None:
            raise NotConfigured(f"{module} is not installed: pip install 'hydrophone[models]'")
    from hydrophone.llm.embedder import OnnxEmbedder
    from hydrophone.llm.files import BGE_SMALL_EN, MS_MARCO_MINILM, find_model_files
    from hydrophone.llm.reranker import CrossEncoder
    from hydrophone.llm.tokens import WordPieceCounter

    embedder_files = find_model_files(BGE_SMALL_EN, settings.models_dir)
    reranker_files = find_model_files(MS_MARCO_MINILM, settings.models_dir)
    count = threads(settings.model_threads)
    embedder = OnnxEmbedder(
        embedder_files, query_threads=count, passage_threads=max(1, embed_threads)
    )
    stack.push_async_callback(embedder.close)
    reranker = CrossEncoder(reranker_files, threads=count)
    stack.push_async_callback(reranker.close)
    return LocalModels(embedder, reranker, reranker, WordPieceCounter(embedder_files))


def chat_model(settings: Settings, stack: AsyncExitStack) -> ChatModel | None:
    """The language model that is configured. Raises NotConfigured when only half of it is."""
    if settings.model_url is None and settings.model is None:
        return None
    if settings.model_url is None or settings.model is None:
        raise NotConfigured(
            "a language model needs both HYDROPHONE_MODEL_URL and HYDROPHONE_MODEL; set both or "
            "neither"
        )
    from hydrophone.llm.openai import OpenAIModel

    key = Secret(settings.model_key.get_secret_value()) if settings.model_key else None
    model = OpenAIModel(settings.model_url, key=key)
    stack.push_async_callback(model.close)
    return model


def engine_for(
    profile: Profile,
    settings: Settings,
    searcher: Searcher,
    models: LocalModels,
    endpoint: ChatModel | None,
    pages: Pages | None,
    attachments: Attachments | None = None,
) -> Answerer:
    """The engine for one profile, with the writer that it calls for; without `pages` none is
    read, without `attachments` no file that a question brings."""
    from hydrophone.engine.attachments import Attaching
    from hydrophone.engine.engine import Engine
    from hydrophone.engine.extras.aside import Aside
    from hydrophone.engine.research.notes import RuleNotes

    is_report = profile.kind == "report"
    aside, notices = None, models.notices
    if endpoint is not None and profile.chat_model is not None:
        aside, notices = Aside(endpoint, profile.chat_model, models.tokens), ()
    return Engine(
        searcher,
        _writer(profile, settings, models, endpoint),
        profile,
        deadline_s=settings.research_deadline_s if is_report else settings.deadline_s,
        notices=notices,
        pages=pages,
        read_deadline_s=settings.read_deadline_s,
        aside=aside,
        tokens=models.tokens,
        attaching=Attaching(attachments, sees=settings.model_sees),
        notes=RuleNotes(models.reranker),
        budgets=_budgets(settings) if is_report else None,
        parity=settings.strict,
    )


def _budgets(settings: Settings) -> Budgets:
    """The limits of a report beside its deadline."""
    return Budgets(
        searches=settings.research_searches,
        pages=settings.research_pages,
        tokens=settings.research_tokens,
        cost_usd=settings.research_cost_usd,
    )


def _writer(
    profile: Profile, settings: Settings, models: LocalModels, endpoint: ChatModel | None
) -> Writer:
    """What writes for the profile: the language model, or else quotes."""
    is_report = profile.kind == "report"
    if endpoint is not None and profile.chat_model is not None:
        checking = checking_for(settings, models.reranker, models.entailment)
        window = window_for(settings, endpoint, models.tokens)
        if is_report:
            from hydrophone.engine.research.quoted import QuotedReport
            from hydrophone.engine.research.written import ModelReport

            return ModelReport(
                endpoint,
                models.tokens,
                deadline_s=settings.model_timeout_s,
                quoted=QuotedReport(models.reranker, models.tokens),
                checking=checking,
                window=window,
            )
        from hydrophone.engine.write import ModelWriter

        return ModelWriter(
            endpoint,
            models.tokens,
            deadline_s=settings.model_timeout_s,
            checking=checking,
            window=window,
        )
    from hydrophone.engine.quote import QuoteWriter
    from hydrophone.engine.research.quoted import QuotedReport

    return (QuotedReport if is_report else QuoteWriter)(models.reranker, models.tokens)
