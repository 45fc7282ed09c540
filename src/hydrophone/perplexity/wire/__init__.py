"""What Perplexity's web service sends: bytes to frames, frames to an answer."""
