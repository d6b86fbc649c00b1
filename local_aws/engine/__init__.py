"""Container engines: Docker, Podman, or plain processes where neither answers."""
