"""FDA's public files: opened, read row by row, staged, compared, taken over, rolled back."""
