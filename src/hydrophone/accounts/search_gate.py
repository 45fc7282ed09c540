"""The gate of searches: each has its row in the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from hydrophone.accounts.calls import Call
from hydrophone.accounts.ledger import Ledger
from hydrophone.catalog import SEARCH
from hydrophone.ports import Searcher, SearchOutcome
from hydrophone.types import Price, RequestContext, SearchOptions


class SearchGate:
    """A searcher that keeps the books of another one.

    A search that fails costs nothing. With `price` None the rows have no cost.
    """

    def __init__(self, searcher: Searcher, ledger: Ledger, *, price: Price | None = None) -> None:
        self._searcher = searcher
        self._ledger = ledger
        self._price = price

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """Pass the search on. Exactly one ledger row is written, whatever its end.

        Raises what the searcher raises, and StorageError when the ledger cannot be written; a
        defect of the searcher is raised as InternalError.
        """
        size = options.context_size
        call = Call(self._ledger, context, model=SEARCH, price=self._price, context_size=size)
        return await call.around(self._searcher.search(queries, options, context))
