"""Document types that an officer defines: their form, their keeping, what they say of a paper."""
