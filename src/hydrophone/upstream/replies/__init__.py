"""From the stream of a run of the Agent API to events."""
