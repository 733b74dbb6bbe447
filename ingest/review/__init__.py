"""The review queue: its order, what a desk needs of a paper, who looks at it, what a lesson clears."""
