package httpapi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/l402"
)

// A token that is not there is named; it is no fault of econd, and no error of its log.
func TestRevokingAnUnknownToken(t *testing.T) {
	w, work, sign := adminWorld(t)
	id := strings.Repeat("ab", 32)
	work.fail = fmt.Errorf("token %s: %w", id, l402.ErrUnknownToken)
	path := "/v1/admin/tokens/" + id
	a := w.do("DELETE", path, nil, sign("DELETE", path)...)
	require.Equal(t, 404, a.status)
	p := a.problem(t)
	require.Equal(t, "token", p.Rule)
	require.Equal(t, "id", p.Field)
	require.Contains(t, p.Detail, id)
	require.NotContains(t, w.logged(), "ERROR")
}
