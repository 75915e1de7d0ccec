"""The harness: protocols, data, trials, execution, storage and statistics; it never knows a particular method."""
