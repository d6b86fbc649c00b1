"""The real CDK CLI against the emulator: what it deploys, how that goes, and what then stands there."""
