// Landwaiter
