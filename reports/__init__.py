"""overspec.reports"""

if __name__ != "overspec.reports":  # the folder was imported under its bare name
    raise ImportError("import this package as overspec.reports, after installing overspec")
