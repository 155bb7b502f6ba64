package main

import (
	"go/format"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/read"
)

// The reads are those of the table of reads.
func TestReadsAreThoseOfTheTable(t *testing.T) {
	want, err := format.Source(source(read.Routes()))
	require.NoError(t, err)
	have, err := os.ReadFile("../reads_gen.go")
	require.NoError(t, err)
	require.Equal(t, string(want), string(have), "run: go generate ./node/client")
}
