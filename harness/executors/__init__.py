"""Where trials run: each in a process of its own, under limits that hold."""
