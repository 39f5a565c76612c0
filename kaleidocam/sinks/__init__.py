"""Where frames go: one file a kind, all keeping the promises of `base.Sink`."""
