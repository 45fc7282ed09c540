"""Questions that are answered in the background: the queue, the runner, the log of events."""
