"""Who asks, may they, and what did it cost: principals, keys, the gate and the ledger."""
