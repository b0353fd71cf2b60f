"""Experiments: what the theory says, seen in runs of EM. The frame is in `experiment`."""

if __name__ != "overspec.verify.experiments":  # the folder was imported under its bare name
    raise ImportError("import this as overspec.verify.experiments, after installing overspec")
