"""What docs/validation.md is made of: checks on simulated and real nights, and the page.

measures   one night against its truth: plain arithmetic
nights     simulated nights and what the detector makes of them
index      how far the index moves when the recording is another one
rates      decisions at 15/h, few movements
people     people who move at random, and nights of theirs without a signal
coverage   what the intervals of the indices hold
injection  simulated movements in real recordings
checks     every check by its name
store      results, kept as JSON so that a long run can be continued
page       the tables, each figure beside its bar
"""
