"""The library's own logger. No other one is touched."""

from __future__ import annotations

import logging
import os

from hydrophone.perplexity.config import ClientConfig
from hydrophone.perplexity.constants import LogLevel

_log = logging.getLogger("hydrophone.perplexity")
# Without a handler Python writes warnings to stderr; whether it does is the program's choice.
_log.addHandler(logging.NullHandler())
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _OurHandler(logging.Handler):
    """Marks the handlers that were set up here."""


class _ToFile(_OurHandler, logging.FileHandler):
    pass


class _ToStderr(_OurHandler, logging.StreamHandler):  # type: ignore[type-arg]
    pass


def set_up_log(config: ClientConfig) -> None:
    """Have the logger tell what the config wants, to its file or to stderr; the last one counts.

    "disabled" leaves the logger to the program that uses the library.
    """
    for handler in [one for one in _log.handlers if isinstance(one, _OurHandler)]:
        _log.removeHandler(handler)
        handler.close()
        _log.setLevel(logging.NOTSET)
    level = LogLevel(config.logging_level.lower())
    if level == LogLevel.DISABLED:
        return
    handler = _ToStderr()
    if config.log_file is not None:
        path = os.fspath(config.log_file)
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        handler = _ToFile(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter(_FORMAT))
    _log.addHandler(handler)
    _log.setLevel(level.upper())
