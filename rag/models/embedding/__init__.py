"""Embeds text: one vector per chunk and one per sentence, from the same forward pass.

The rest of Kilde only uses `protocol.Encoder`. Its implementation is based on sentence-transformers; torch is not
imported before `encoder.load_encoder` is called. Counting tokens only needs the `tokenizers` library.
"""
