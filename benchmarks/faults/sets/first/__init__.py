"""The first set, which the rules were written with: small supervised networks, a GAN, PPO and preferences."""
