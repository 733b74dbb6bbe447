"""Names of the jobs that intake, decisions and pipeline ask for."""

JOB_PROCESS = "ingest.process"
JOB_RENDER = "ingest.render"
JOB_SPLIT = "ingest.split"
JOB_ARRANGE = "ingest.arrange"
JOB_LEARN = "ingest.learn"
JOB_LOOK_AGAIN = "ingest.look_again"
JOB_PARTIES = "ingest.parties"
