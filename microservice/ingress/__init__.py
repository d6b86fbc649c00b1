"""Public HTTPS endpoints: an HTTP API, or a load balancer at your own domain."""
