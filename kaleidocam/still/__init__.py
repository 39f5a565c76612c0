"""Single pictures, dreamed in octaves at any size; and sheets that show the effect of parameters."""
