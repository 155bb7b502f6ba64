package l402_test

import (
	"testing"

	"github.com/econd/econd/l402/l402test"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	l402test.TestRootKeys(t, func(*testing.T) l402test.Store { return l402test.NewMemory() })
}
