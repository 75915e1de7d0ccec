"""What the systems are measured against, one folder a protocol."""
