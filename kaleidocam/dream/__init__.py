"""The dream: the only room that imports TensorFlow, and only in the files that need it."""
