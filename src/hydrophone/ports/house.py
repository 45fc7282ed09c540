"""What every door is given."""

from __future__ import annotations

from dataclasses import dataclass

from hydrophone.ports.accounts import Accounts
from hydrophone.ports.answering import Answerer, Models
from hydrophone.ports.jobs import Jobs
from hydrophone.ports.pages import KeptPages
from hydrophone.ports.searching import Searcher, Stats


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
