"""Public HTTPS endpoints: an HTTP API without a domain, or a load balancer at your own domain."""
