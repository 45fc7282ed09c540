"""The way to the service: one account's session, its limits, and what goes wrong on the way."""
