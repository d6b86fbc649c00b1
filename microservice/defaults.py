"""Values that are the same on every platform."""

# User and group of the containers, as numbers: the image may not define names. 10001 owns no files on any host.
USER = "10001:10001"

# Seconds between SIGTERM and SIGKILL, and the load balancer's deregistration delay: longer than the longest request
# (`ingress.http_api.TIMEOUT_SECONDS`), so that requests in flight end before their container does.
STOP_SECONDS = 30

# The health check of a container, wherever a platform runs one.
HEALTH_CHECK_INTERVAL_SECONDS = 10
HEALTH_CHECK_TIMEOUT_SECONDS = 5
HEALTH_CHECK_RETRIES = 3

# Size of each writable directory in memory.
WRITABLE_MIB = 64

# The port of an instance that its container's port is published on: the same for every version, see
# `ingress.target_group`.
HOST_PORT = 8080

# The health check of a load balancer's target.
HEALTHY_THRESHOLD = 2
UNHEALTHY_THRESHOLD = 3

# `min_instances` and `max_instances` of platforms without a limit of their own.
MAX_INSTANCES = 1000
