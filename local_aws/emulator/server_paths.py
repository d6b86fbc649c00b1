"""Paths of our own in front of the emulator, and the file that holds what it received."""

ENFORCEMENT_PATH = "/_local_aws/enforcement"
READY_PATH = "/_local_aws/ready"
TRACES_PATH = "/v1/traces"
SPANS_FILE = "spans.otlp"
