"""The suite: ``pytest --pyargs overspec.verify.suite``."""

if __name__ != "overspec.verify.suite":  # the folder was imported under its bare name
    raise ImportError("run this as pytest --pyargs overspec.verify.suite, on an installed wheel")
