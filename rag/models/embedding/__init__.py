"""Embeds text: one vector per chunk and one per sentence, from the same forward pass.

`protocol.Encoder` is the seam: the rest of Kilde knows only it. Behind it is sentence-transformers; torch is imported
by `encoder.load_encoder` and not before. Counting tokens needs the `tokenizers` library alone.
"""
