"""Errors that go to other processes and come back."""

from __future__ import annotations

import copy
import pickle

import pytest

from hydrophone import perplexity
from hydrophone.perplexity.errors import PerplexityError
from hydrophone.perplexity.wire.failures import GenericFailure

ERRORS = [
    perplexity.PerplexityError("m"),
    perplexity.HTTPError("m", status_code=500, url="/x", response_body="b"),
    perplexity.RateLimitError("m", status_code=429, retry_after_s=2.0),
    perplexity.FileUploadError("a.pdf", "no"),
    perplexity.FileValidationError("a.pdf", "no"),
    perplexity.UnknownModelError("m"),
    perplexity.ModelAccessError("gpt", "max", "pro"),
    perplexity.FileAccessError("free"),
    perplexity.ResearchClarifyingQuestionsError(["Which year?"]),
    perplexity.ResponseParsingError("m", "raw"),
    perplexity.StreamingError("m", partial="x"),
    GenericFailure("m"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_the_same_behind_a_pickle_and_a_copy(error: PerplexityError) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)
