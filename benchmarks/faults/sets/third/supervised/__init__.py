"""Pictures, boxes, series, graphs, sound, tags, ranking and distillation."""
