"""Container engines: Docker, Podman, or plain processes without either."""
