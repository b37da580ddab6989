"""Pictures, keypoints, point clouds, triplets, quantiles, sparse codes and domains."""
