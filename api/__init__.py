"""The face: `rest` (JSON under /v1) and `web` (the desks). It translates and decides nothing."""
