"""The engine's charts, prepared from boards: of a task, of a protocol's ranks, of a kernel."""
