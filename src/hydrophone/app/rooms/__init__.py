"""Builds the rooms from the settings and wires them, each when it is first asked for."""

from hydrophone.app.rooms.materials import DOCS_COLLECTION, docs_folder
from hydrophone.app.rooms.rooms import Rooms, open_rooms

__all__ = ["DOCS_COLLECTION", "Rooms", "docs_folder", "open_rooms"]
