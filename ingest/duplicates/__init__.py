"""Papers that came twice: how they are found, and what people say of them."""
