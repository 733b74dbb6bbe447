"""How well papers are found: judged queries, with each stage of analysis on and off."""
