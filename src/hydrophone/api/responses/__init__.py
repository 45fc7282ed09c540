"""Responses of the Agent dialect that stay: looked at again, resumed, cancelled, continued."""
