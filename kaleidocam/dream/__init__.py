"""The dream: the only room that imports a framework, each in one file of `backends/`."""
