"""The parts of a wheel's life for which Rust's standard library has nothing. Run by xtask:

    check FILE SHA256             prints what is wrong with FILE where it does not have that hash
    unpack WHEEL DEST FROM=TO...  copy the member FROM, or all below it when it ends in "/", to DEST/TO;
                                  prints the bytes written so far, one number a line
"""
import hashlib
import os
import sys
import zipfile


def check(path, expected):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 22), b""):
            digest.update(block)
    if digest.hexdigest() != expected:
        print("its SHA-256 is %s and should be %s" % (digest.hexdigest(), expected))


def unpack(wheel, destination, *rules):
    rules = [rule.split("=", 1) for rule in rules]
    missing = {source for source, _ in rules}
    written = shown = 0
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            for source, target in rules:
                inside = source.endswith("/") and member.filename.startswith(source)
                if member.is_dir() or not (inside or member.filename == source):
                    continue
                path = os.path.join(destination, target + member.filename[len(source):])
                os.makedirs(os.path.dirname(path), exist_ok=True)
                missing.discard(source)
                with archive.open(member) as packed, open(path, "wb") as file:
                    for block in iter(lambda: packed.read(1 << 22), b""):
                        file.write(block)
                        written += len(block)
                        if written - shown >= 1 << 22:
                            shown = written
                            print(written, flush=True)
    if missing:
        sys.exit("it does not contain %s" % ", ".join(sorted(missing)))
    if hasattr(os, "sync"):
        os.sync()  # the caller's rename must not reach the disk before the contents


try:
    {"check": check, "unpack": unpack}[sys.argv[1]](*sys.argv[2:])
except (OSError, zipfile.BadZipFile) as error:
    sys.exit(str(error))
