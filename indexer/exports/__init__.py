"""Results that people carry away: asked for, made by a job, downloaded, and gone after some days."""
