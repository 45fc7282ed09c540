"""The official `perplexityai` client over the bridge: its own tests, as they are."""

from tests.clients.test_perplexityai import *  # noqa: F403
