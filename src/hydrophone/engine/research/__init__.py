"""Reports: the headings that a subject falls into, and a section for each."""
