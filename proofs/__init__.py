"""overspec.proofs"""

if __name__ != "overspec.proofs":  # the folder was imported under its bare name
    raise ImportError("import this package as overspec.proofs, after installing overspec")
