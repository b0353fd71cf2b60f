"""overspec.verify"""

if __name__ != "overspec.verify":  # the folder was imported under its bare name
    raise ImportError("import this package as overspec.verify, after installing overspec")
