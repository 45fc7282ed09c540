"""The Protocols at the waist: doors know these, `types` and `errors`, and nothing else of us."""

from hydrophone.ports.accounts import Accounts, Credentials
from hydrophone.ports.answering import Answerer, ModelCard, Models, Resumable
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

__all__ = [
    "Accounts",
    "Answerer",
    "Credentials",
    "House",
    "IngestProgress",
    "Job",
    "JobList",
    "JobStatus",
    "Jobs",
    "KeptPage",
    "KeptPages",
    "Library",
    "LoggedEvent",
    "ModelCard",
    "Models",
    "ProviderStanding",
    "ProviderState",
    "Resumable",
    "SearchOutcome",
    "Searcher",
    "Stats",
]
