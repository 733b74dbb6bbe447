"""What people corrected teaches the next paper of the same sender at once, and can be taken back."""
