"""What every door is given."""

from __future__ import annotations

from dataclasses import dataclass

from hydrophone.ports.accounts import Accounts
from hydrophone.ports.answering import Answerer, Models
from hydrophone.ports.batches import Batches
from hydrophone.ports.documents import Documents, Pages
from hydrophone.ports.embeddings import Embeddings
from hydrophone.ports.files import Files
from hydrophone.ports.jobs import Jobs
from hydrophone.ports.pages import KeptPages
from hydrophone.ports.searching import Searcher, Stats
from hydrophone.ports.sessions import Sessions
from hydrophone.ports.tokens import Tokens


@dataclass(frozen=True, slots=True)
class House:
    """What every door is given; the other ports join when a door uses them."""

    answerer: Answerer
    accounts: Accounts
    models: Models
    searcher: Searcher | None = None
    stats: Stats | None = None
    kept_pages: KeptPages | None = None
    jobs: Jobs | None = None
    embeddings: Embeddings | None = None
    tokens: Tokens | None = None
    documents: Documents | None = None
    pages: Pages | None = None
    files: Files | None = None
    batches: Batches | None = None
    sessions: Sessions | None = None

    @property
    def sessions_alone(self) -> bool:
        """Whether web sessions are all that there is: nothing is searched, kept or embedded."""
        return self.sessions is not None and self.searcher is None
