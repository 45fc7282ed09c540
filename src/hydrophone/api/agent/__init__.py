"""The Agent dialect: bodies of the Responses API to questions, and events to their answers."""
