"""What stands beside asking: keys, figures, addresses of robots, and what is not here."""
