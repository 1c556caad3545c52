# SPDX-License-Identifier: MIT
"""What the integration tests stand on: processes, raw HTTP, waiting for events."""
