"""The AWS emulator: MiniStack with this project's patches and emulated services, in a process of its own."""
