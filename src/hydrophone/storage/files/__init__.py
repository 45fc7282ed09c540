"""Files that are kept: what is known of them in `state.db`, their bytes in a folder beside it."""
