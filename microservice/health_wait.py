"""The shell commands that wait on an instance until its container is healthy."""

from .defaults import HEALTH_CHECK_TIMEOUT_SECONDS, HOST_PORT
from .spec import ServiceSpec

_PAUSE_SECONDS = 5
_FIRST_CLIENT_ERROR = 400


def wait_until_healthy(spec: ServiceSpec, *, timeout_seconds: int) -> str:
    """Return lines of bash that request `health_path` until the response means success; after the timeout, they fail.

    A load balancer keeps a replica that it accepts by a range such as `200-499`, so that an old version stays in
    service while `health_path` changes. A new version must do better: it knows its own path. Status codes above 399
    therefore count only if `health_codes` contains them as such, as in `200,401` or `400-404`.

    Args:
        spec: The service.
        timeout_seconds: Maximum seconds until the first success.
    """
    url = f"http://127.0.0.1:{HOST_PORT}{spec.health_path}"
    request = f"curl --silent --output /dev/null --max-time {HEALTH_CHECK_TIMEOUT_SECONDS} --write-out '%{{http_code}}'"
    return f"""\
SECONDS=0
until code=$({request} {url}); (( {_success(spec.health_codes)} )); do
  if (( SECONDS >= {timeout_seconds} )); then
    echo "{spec.health_path} responded with ${{code/000/nothing}}, which is no success of {spec.health_codes}" >&2
    exit 1
  fi
  sleep {_PAUSE_SECONDS}
done"""


def _success(health_codes: str) -> str:
    """Return the condition on `code` in bash's arithmetic."""
    conditions = []
    for part in health_codes.split(","):
        low, _, high = part.partition("-")
        first, last = int(low), int(high or low)
        if first < _FIRST_CLIENT_ERROR:
            last = min(last, _FIRST_CLIENT_ERROR - 1)
        conditions.append(f"code == {first}" if first == last else f"{first} <= code && code <= {last}")
    return " || ".join(conditions)
