"""Where bytes lie: one port, two stores (a folder, S3)."""
