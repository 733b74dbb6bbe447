"""How well papers were read and understood, against a manifest of what is true."""
