"""Every setting, in one typed object; a file for each group of them.

Read from the environment (prefix `HYDROPHONE_`) and from `.env` in the working folder; the
environment wins. Only `app/` and `cli/` read it: rooms are given values. `.env.example` and
`docs/configuration.md` are generated from these files.
"""

from __future__ import annotations

from hydrophone.settings.whole import Settings, load_settings

__all__ = ["Settings", "load_settings"]
