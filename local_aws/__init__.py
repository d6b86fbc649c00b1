"""The environment on your machine: an AWS emulator, and the service in containers or processes.

The emulator is patched in `emulator/patches/`, one module for each AWS service. `emulator/services/` emulates the
services that it lacks. Container engines are in `engine/`.
"""
