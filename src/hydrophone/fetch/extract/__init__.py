"""Bytes into text: HTML, PDF, DOCX, RTF, Markdown, plain text, JSON lines.

Everything here is synchronous and may be slow; `hydrophone.fetch.pool` runs it in other processes.
"""
