"""What persons ask about their own data: registered, found, decided item by item, asked again later."""
