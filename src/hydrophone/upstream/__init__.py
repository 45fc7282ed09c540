"""An answerer for an official key: Sonar questions put to the Agent API, and its answers read."""
