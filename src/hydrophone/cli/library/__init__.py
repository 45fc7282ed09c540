"""The commands about own documents: taking them in, keeping them fresh, looking at them."""
