"""A plan from the text of a file of either kind."""

from retention.schedules.loading import Plan, read_yaml
from retention.schedules.tables import read_csv


def read_plan(text: str, *, table: bool) -> Plan:
    """The plan in a text, which is CSV if `table`, else YAML. Raises ScheduleError with the line."""
    return read_csv(text) if table else read_yaml(text)
