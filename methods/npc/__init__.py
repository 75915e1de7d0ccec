"""NPC: noisy predictions of a trained classifier calibrated by a generative model.

Bae, Shin, Na, Jang, Song, Moon, From Noisy Prediction to True Label: Noisy Prediction Calibration via Generative
Model, ICML 2022.
"""
