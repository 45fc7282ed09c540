"""Files and pictures of several clients over the bridge: the tests of the folder above."""

import pytest

from tests.clients.driving import DEADLINE_S
from tests.clients.test_python_files import *  # noqa: F403

pytestmark = [pytest.mark.slow, pytest.mark.timeout(DEADLINE_S + 30)]
