"""The dream: the only room that imports frameworks, each in one file of `backends/`."""
