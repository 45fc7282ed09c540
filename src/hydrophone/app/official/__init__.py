"""The official API in this house: what goes there, and what the engine does around it."""
