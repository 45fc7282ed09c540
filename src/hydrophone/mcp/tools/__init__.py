"""The tools: what they are given, what they do, what they give."""
