"""An emulator without containers, and templates around a service of 40 lines, for tests of the emulator itself."""
