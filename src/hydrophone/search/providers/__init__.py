"""Adapters to what searches the web and other collections for us, a file each."""
