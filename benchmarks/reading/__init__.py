"""What readers of documents keep of a file, and what they make up: see `benchmarks.reading.__main__`.

`judging` says what is asked of a text; `texts`, `grids` and `own` what is in the files, `forms` write one content in
many formats, `public` fetches files of others, and `readers` are the programs that are compared.
"""
