"""The room that opens sockets to the web and reads bytes into text.

`guard` decides what may be fetched, `client` fetches it, `extract` makes text of it, `pool` does
that in other processes, and `reader` puts the four together. Nothing heavy is imported here.
"""
