"""One run of a crawl: choosing what is next, visiting it, and writing down what came of it."""
