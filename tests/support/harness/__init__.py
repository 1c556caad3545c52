# SPDX-License-Identifier: MIT
"""What integration tests and benchmarks stand on: processes, raw HTTP, waiting for events."""
