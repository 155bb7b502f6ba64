#!/bin/sh
# Prints the flag for go build that stamps programs with what they are built from,
# see node/buildinfo; nothing outside a git repository.
version=$(git describe --always --dirty 2>/dev/null) && commit=$(git rev-parse HEAD 2>/dev/null) || exit 0
printf "%s" "-X 'github.com/econd/econd/node/buildinfo.stamp=$version $commit'"
