"""What single doors are given beyond what all share."""
