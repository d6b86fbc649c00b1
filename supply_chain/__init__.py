"""Known vulnerabilities of all locked packages, and the software bill of materials of the image."""
