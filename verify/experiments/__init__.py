"""Experiments: what the theory says, seen on data; one file for each (math.md section 11)."""

if __name__ != "overspec.verify.experiments":
    raise ImportError("import overspec.verify.experiments; this folder is part of overspec")
