"""The composition root: rooms are built here from the settings, and wired to each other."""

from hydrophone.app.rooms import Rooms, docs_folder, open_rooms

__all__ = ["Rooms", "docs_folder", "open_rooms"]
