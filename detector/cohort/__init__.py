"""Many people of one study: every recording analyzed once, by as many processes as there are.

`table` tells which recordings, `task` is one of them, `store` keeps what each gave, `run` hands
them to Dask, `gather` makes the tables of all.
"""
