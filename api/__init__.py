"""The face: `rest` (JSON under /v1) and `web` (the desks people work at). It translates and decides nothing."""
