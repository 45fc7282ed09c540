"""The Protocols at the waist: doors know these, `types` and `errors`, and nothing else of us."""

from hydrophone.ports.accounts import (
    SESSION_HEADER,
    Accounts,
    Credentials,
    is_session_token,
)
from hydrophone.ports.answering import Answerer, ModelCard, Models, Preset, Resumable
from hydrophone.ports.batches import (
    Batch,
    BatchCounts,
    BatchEndpoint,
    BatchError,
    Batches,
    BatchList,
    BatchOrder,
    BatchReply,
    BatchStatus,
    BatchUsage,
    DirectEndpoint,
)
from hydrophone.ports.documents import (
    CollectionState,
    DocumentEntry,
    DocumentList,
    Documents,
    Pages,
)
from hydrophone.ports.embeddings import Embedded, EmbeddingCard, EmbeddingOrder, Embeddings
from hydrophone.ports.files import FileList, FilePurpose, Files, IncomingFile, StoredFile
from hydrophone.ports.house import House
from hydrophone.ports.jobs import Job, JobList, Jobs, JobStatus, LoggedEvent
from hydrophone.ports.library import IngestProgress, Library
from hydrophone.ports.pages import KeptPage, KeptPages
from hydrophone.ports.searching import (
    ProviderStanding,
    ProviderState,
    Searcher,
    SearchOutcome,
    Stats,
)
from hydrophone.ports.sessions import KeptConversation, SessionFigures, Sessions
from hydrophone.ports.tokens import IssuedToken, Tokens

__all__ = [
    "SESSION_HEADER",
    "Accounts",
    "Answerer",
    "Batch",
    "BatchCounts",
    "BatchEndpoint",
    "BatchError",
    "BatchList",
    "BatchOrder",
    "BatchReply",
    "BatchStatus",
    "BatchUsage",
    "Batches",
    "CollectionState",
    "Credentials",
    "DirectEndpoint",
    "DocumentEntry",
    "DocumentList",
    "Documents",
    "Embedded",
    "EmbeddingCard",
    "EmbeddingOrder",
    "Embeddings",
    "FileList",
    "FilePurpose",
    "Files",
    "House",
    "IncomingFile",
    "IngestProgress",
    "IssuedToken",
    "Job",
    "JobList",
    "JobStatus",
    "Jobs",
    "KeptConversation",
    "KeptPage",
    "KeptPages",
    "Library",
    "LoggedEvent",
    "ModelCard",
    "Models",
    "Pages",
    "Preset",
    "ProviderStanding",
    "ProviderState",
    "Resumable",
    "SearchOutcome",
    "Searcher",
    "SessionFigures",
    "Sessions",
    "Stats",
    "StoredFile",
    "Tokens",
    "is_session_token",
]
