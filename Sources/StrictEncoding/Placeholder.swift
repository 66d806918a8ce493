// StrictEncoding
