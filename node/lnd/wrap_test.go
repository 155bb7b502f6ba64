package lnd

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/econd/econd/node"
)

// An error that was named where it arose is not named again by the call around it.
func TestErrorsAreNamedOnce(t *testing.T) {
	inner := wrap("get info", status.Error(codes.Unavailable, "connection refused"))
	outer := wrap("pay", inner)
	require.ErrorIs(t, outer, node.ErrLightningAway)
	require.Equal(t, 1, strings.Count(outer.Error(), "lnd: "), outer.Error())
	require.Equal(t, inner, outer)
	other := wrap("pay", &NetworkError{Address: "a", Says: "mainnet", Expected: "signet"})
	require.EqualError(t, other, "lnd: a is on mainnet, not on signet")
	require.ErrorIs(t, wrap("pay", context.Canceled), context.Canceled)
	require.NoError(t, wrap("pay", nil))
}
