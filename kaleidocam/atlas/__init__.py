"""The atlas: what each channel of the network likes to see, in pictures."""
