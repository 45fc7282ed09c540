"""The web page at `/`: one template and a few small ES modules, served as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter

    from hydrophone.ports import House

__all__ = ["page_router"]


def page_router(house: House) -> APIRouter:
    """The router of the page and its files; imports the web framework when called."""
    from hydrophone.page.router import build_router

    return build_router(house)
