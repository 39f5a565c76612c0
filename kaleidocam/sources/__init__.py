"""Where frames come from: one file a kind, all keeping the promises of `base.Source`."""
