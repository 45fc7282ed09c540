"""What the account is, what it may, and what it has kept."""
