"""The atlas: pictures of what each channel of the network responds to."""
