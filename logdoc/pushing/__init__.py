"""Writing verdict and findings to where people already look: MLflow, W&B and TensorBoard, with their own clients.

What was logged is never changed: tags, a text and files are added beside it. A module per place.
"""
