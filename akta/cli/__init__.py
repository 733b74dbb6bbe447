"""The `akta` command: the same services as the pages and the REST API, for the person at the machine."""
