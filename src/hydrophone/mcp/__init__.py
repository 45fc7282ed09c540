"""The MCP door: tools, resources and prompts over stdio and HTTP."""
