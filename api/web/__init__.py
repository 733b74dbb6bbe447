"""The pages people work at: server-rendered, small enhancements, no script from elsewhere."""
