"""Grids of radii: run, resumed and stored.

run    A grid of radii, computed by many processes.
spec   What a sweep is asked: TOML, one or more ``[[grid]]`` tables, each the product of its lists.
store  Expensive results kept in content-addressed files: never stale, and damage is found.
task   One task of a sweep, in the process of a worker: here the engines are loaded.
"""
