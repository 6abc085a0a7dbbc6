"""Copies of attachments without metadata, for the people who read them. The original stays sealed as evidence.

    content     what a file is, by its first bytes, and what its sender claims that it is
    cleaner     the outside: one process for each file, its bytes in, the copy out, ended by a clock
    child       the inside: locks itself up, reads, cleans, answers
    jail        the lock: memory, time, files, network, privileges
    images      pictures: pixels alone, upright, in sRGB
    pages       PDF: pictures of its pages
    recordings  Ogg: the sound alone
    programs    Office by mat2, films and other recordings by ffmpeg, where Debian's programs are installed

The inside imports nothing of Panah but this package, has no environment, and gets nothing but the bytes of one file.
No plain byte is ever on a disk: pipes, memory, and for the programs a folder in memory that ends with the process.
What can't be cleaned is refused with one of `handlers.model.Uncleanable`, never passed on half cleaned.

What a copy still shows: everything that can be seen and heard; of films also what their coded streams carry.
"""
