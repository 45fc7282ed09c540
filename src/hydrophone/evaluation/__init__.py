"""Measuring on data: sets, metrics and the runner behind `hydrophone eval`."""
