"""Where the endpoint leaves for the tools who asks, and where a client names its session."""

from __future__ import annotations

SESSION_HEADER = "mcp-session-id"
PRINCIPAL = "hydrophone.principal"  # in the ASGI scope: who asks
SESSION = "hydrophone.session"  # and the session of Perplexity that they bring
