"""How good Akta's own judgements are, from what people said of them."""
