"""The official `openai` client over the bridge: its own tests, as they are."""

import pytest

from tests.clients.test_openai import *  # noqa: F403

pytestmark = pytest.mark.slow
