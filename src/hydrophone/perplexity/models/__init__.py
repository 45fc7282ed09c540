"""The models of Perplexity's web service: which there are, and who may ask them."""

from hydrophone.perplexity.models.ids import resolve
from hydrophone.perplexity.models.names import Models
from hydrophone.perplexity.models.table import MODELS, Model, Tier

__all__ = ["MODELS", "Model", "Models", "Tier", "resolve"]
