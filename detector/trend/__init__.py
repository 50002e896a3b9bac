"""Many nights of one person: their trend, the diary beside them, and what an experiment shows.

Everything here reads rows of nights (`detector.results`) and computes nothing of a recording. The
commands stand in modules of their own, which are not imported here.
"""
