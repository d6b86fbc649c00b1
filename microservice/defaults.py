"""What holds for the container on every platform that starts it from a file of ours."""

# Numbers, because a read-only image has no say in who it runs as; 10001 owns nothing on any host.
USER = "10001:10001"
# A stopping container has this long for the requests it still holds: more than the front door waits for an answer.
STOP_SECONDS = 30
