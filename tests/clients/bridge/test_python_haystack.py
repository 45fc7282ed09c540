"""perplexity-haystack, over the bridge: the tests of the folder above, as they are."""

import pytest

from tests.clients.driving import DEADLINE_S
from tests.clients.test_python_haystack import *  # noqa: F403

pytestmark = [pytest.mark.slow, pytest.mark.timeout(DEADLINE_S + 30)]
