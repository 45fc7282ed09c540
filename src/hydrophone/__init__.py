"""Hydrophone: a self-hosted answer engine with citations that are checked."""

__version__ = "0.1.0"

__all__ = ["__version__"]
