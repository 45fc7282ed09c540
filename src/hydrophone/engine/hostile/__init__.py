"""What a hostile page cannot do: pass for instructions, or bring addresses into the answer."""
