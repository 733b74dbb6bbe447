"""The engines behind the index port, one file each, and what they share."""
