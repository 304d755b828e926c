"""The access table: who may do what at every address, and knocks at every door to see it hold."""
