"""The library itself: clients and conversations, asynchronous, and for programs that wait."""
