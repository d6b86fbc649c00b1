"""Changes that the local environment cannot show, with the reason."""

_ONE_ARCHITECTURE = "this machine has one architecture, and no image of the other one runs on it"


def not_shown(change: str, _target: str) -> str:
    """Return why a change is not executed on a target here; "" if it is."""
    return _ONE_ARCHITECTURE if change == "architecture" else ""
