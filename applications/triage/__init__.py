"""FDA's queue without its pages: what is asked for, which rows are listed, how many there are."""
