"""What an operator does with the whole archive: verify, back up, restore, read its logs."""
