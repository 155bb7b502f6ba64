#!/bin/sh
# Prints the flag for go build that stamps programs with what they are built from,
# see node/buildinfo; nothing outside a git repository. A file that git does not track is a
# change like any other: a build takes it in. Source that git is told to ignore counts too.
version=$(git describe --always --dirty 2>/dev/null) && commit=$(git rev-parse HEAD 2>/dev/null) || exit 0
cd "$(git rev-parse --show-toplevel)" || exit 1
untracked=$(git ls-files --others --exclude-standard &&
	git ls-files --others -- '*.go' '*.s' '*.c' '*.h' '*.syso' 'go.work' ':!.build') || exit 1
case $version in
*-dirty) ;;
*) [ -z "$untracked" ] || version=$version-dirty ;;
esac
printf "%s" "-X 'github.com/econd/econd/node/buildinfo.stamp=$version $commit'"
