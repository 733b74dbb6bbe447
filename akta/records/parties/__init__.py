"""Companies and persons that papers name: what is stored of them, and who may see it."""
