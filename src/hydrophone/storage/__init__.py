"""The two databases: `state.db` (accounts, ledger) and `index.db` (documents, passages)."""
