"""Commands about theorems of others.

gallery  ``overspec gallery``: published theorems on EM, audited.
"""
