"""A service of 40 lines and templates around it, to see what the emulator really does."""
