"""Jobs and names that intake and pipeline share."""

JOB_PROCESS = "ingest.process"
JOB_RENDER = "ingest.render"
