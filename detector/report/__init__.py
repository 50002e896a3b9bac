"""What a person sees of an analysis: the terminal report, the page and the figures.

Nothing here measures or counts movements anew: every figure shown is one of the analysis.
"""
