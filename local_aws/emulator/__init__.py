"""The emulator: MiniStack with our patches, in a process and an environment of its own."""
