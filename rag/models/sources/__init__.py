"""Where the files of a model come from: a package, a folder, the hub."""
