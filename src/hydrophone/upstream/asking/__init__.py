"""From a question to a request of the Agent API."""
