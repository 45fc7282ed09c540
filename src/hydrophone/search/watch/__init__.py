"""Asking others so that none can hang, be hammered, or be asked the same twice."""
