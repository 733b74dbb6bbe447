"""Records without which the company could not go on: flagged, reviewed, copied elsewhere."""
