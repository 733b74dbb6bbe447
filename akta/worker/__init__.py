"""Running jobs: by processes of our own (embedded), or by Celery (grown up). The same tasks serve both."""
