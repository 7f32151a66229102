"""The programs that are compared, each run in an environment of its own: see `benchmarks.reading.readers.running`."""
