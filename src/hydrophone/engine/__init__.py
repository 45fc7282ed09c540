"""The engine: understand, search, select, write, check; a module each."""
