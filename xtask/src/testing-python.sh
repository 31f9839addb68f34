#!/bin/sh
# Stands in for python3 in xtask's tests: `-m pip download` takes every file of served/ beside this script (or the link to
# it) and then fails with the words in broken, where that exists. Anything else goes to the real Python.
here=$(dirname "$0")
if [ "$2" != pip ]; then exec python3 "$@"; fi
echo "$@" >> "$here/calls"
while [ "$1" != --dest ]; do shift; done
cp "$here"/served/* "$2"
if [ -e "$here/broken" ]; then cat "$here/broken" >&2; exit 1; fi
