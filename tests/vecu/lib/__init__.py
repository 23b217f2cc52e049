"""The virtual ECU: builds its images, runs it in QEMU, and gives tests their own restored copies of it."""
