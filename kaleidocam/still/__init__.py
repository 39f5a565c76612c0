"""Single pictures, dreamed in octaves at any size; and how a parameter changes one."""
