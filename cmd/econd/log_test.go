package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConfigLogFormat(t *testing.T) {
	var out bytes.Buffer
	log, err := newLogger("info", "json", &out)
	require.NoError(t, err)
	log.Info("a wallet was opened", "event", "wallet-opened")
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	require.Equal(t, "wallet-opened", line["event"])
	out.Reset()
	log, err = newLogger("info", "text", &out)
	require.NoError(t, err)
	log.Info("a wallet was opened", "event", "wallet-opened")
	require.Contains(t, out.String(), "event=wallet-opened")
	_, err = newLogger("info", "xml", &out)
	require.ErrorContains(t, err, "log_format")
}
