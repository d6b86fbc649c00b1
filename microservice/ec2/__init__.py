"""Amazon EC2: instances with Podman."""
