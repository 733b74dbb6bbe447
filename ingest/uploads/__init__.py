"""Files that come in pieces: what has arrived is kept, so that a sender can go on after any interruption."""
