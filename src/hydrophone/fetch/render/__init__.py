"""Pages that are made by scripts, rendered by an installed Chromium.

`browser` starts it and talks to it, `tab` shows it one page, `renderer` is what others use.
"""
