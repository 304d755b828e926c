"""What an archive says about itself to whoever opens it years later."""

HOW_TO_VERIFY = (
    "Run “python manage.py verify_archive FILE” of the QMM pilot application. It compares every "
    "member with its SHA-256, size and count in this manifest, makes the hash of each entry of the "
    "trail anew and compares it with the chain, whose last link is trail.hash. With --here, on the "
    "installation that made the archive, it also compares the file with the hash that was kept, "
    "and the chain with the trail itself. Without the application: the hash of an entry is the "
    "SHA-256, in hex, of the JSON list of its values in their order without the hash, with "
    "separators “, ” and “: ” and no letters escaped but by JSON itself."
)

README = f"""An archive of one QMM pilot program

manifest.json            every member with SHA-256, bytes and count; what is not here, and why
records/APP.MODEL.jsonl  the rows of one table, one JSON object on a line
files/ID.ENDING          the original bytes of each file; its name and hash stand in
                         records/records.storedfile.jsonl under the same ID
trail/entries.jsonl      the entries of the audit trail about these records
trail/chain.txt          position and hash of every entry of the whole trail, from the first to the
                         one that manifest.json names: each entry here stands in that chain

Signatures are in records/records.signature.jsonl, letters in records/records.letter.jsonl.

How to verify
{HOW_TO_VERIFY}
"""
