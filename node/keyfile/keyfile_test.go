package keyfile_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/econd/econd/node/keyfile"
)

var (
	pass  = []byte("correct horse")
	quick = keyfile.WorkFactor(keyfile.MinWorkFactor)
)

func TestSealedFileOpensWithItsPassphraseAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.key")
	key, err := keyfile.NewSecretKey()
	require.NoError(t, err)
	require.NoError(t, keyfile.Seal(path, pass, keyfile.NewAgent(key), quick))

	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(data), keyfile.NewAgent(key).Secret)

	var got keyfile.Agent
	require.NoError(t, keyfile.Open(path, pass, &got))
	opened, err := got.Key()
	require.NoError(t, err)
	require.Equal(t, key.Public(), opened.Public())

	wrong := keyfile.Open(path, []byte("wrong horse"), &got)
	require.ErrorIs(t, wrong, keyfile.ErrPassphrase)
	require.ErrorContains(t, wrong, "name a file with it by --passphrase-file")
	require.ErrorIs(t, keyfile.Open(path, nil, &got), keyfile.ErrPassphrase)
	require.ErrorIs(t, keyfile.Read(path, &got), keyfile.ErrSealed)
}

func TestNoFileIsEverReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.key")
	require.NoError(t, os.WriteFile(path, []byte("the only copy"), 0o600))
	require.ErrorIs(t, keyfile.Seal(path, pass, keyfile.Agent{}, quick), keyfile.ErrExists)
	require.ErrorIs(t, keyfile.Write(path, keyfile.Agent{}), keyfile.ErrExists)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "the only copy", string(data))

	link := path + ".link"
	require.NoError(t, os.Symlink(path+".nowhere", link))
	require.ErrorIs(t, keyfile.Write(link, keyfile.Agent{}), keyfile.ErrExists)

	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 2, "no temporary file stays")
}

func TestWidePermissionsAreRefused(t *testing.T) {
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o601} {
		path := filepath.Join(t.TempDir(), "agent.key")
		key, err := keyfile.NewSecretKey()
		require.NoError(t, err)
		require.NoError(t, keyfile.Write(path, keyfile.NewAgent(key)))
		_, err = keyfile.OpenSigner(path, nil, nil)
		require.NoError(t, err)
		require.NoError(t, os.Chmod(path, mode))
		_, err = keyfile.OpenSigner(path, nil, nil)
		require.ErrorIs(t, err, keyfile.ErrPermissions, "%o", mode)
	}
}

func TestSignerOfAgentAndOperatorFiles(t *testing.T) {
	dir := t.TempDir()
	operator, err := keyfile.NewOperator()
	require.NoError(t, err)
	want, err := operator.Key()
	require.NoError(t, err)
	path := filepath.Join(dir, "operator.key")
	require.NoError(t, keyfile.Seal(path, pass, operator, quick))
	got, err := keyfile.OpenSigner(path, nil, func() ([]byte, error) { return bytes.Clone(pass), nil })
	require.NoError(t, err)
	require.Equal(t, want.Public(), got.Public())
	log, hold, err := operator.Seeds()
	require.NoError(t, err)
	require.NotEqual(t, log, hold)

	plain := filepath.Join(dir, "plain.key")
	key, err := keyfile.NewSecretKey()
	require.NoError(t, err)
	require.NoError(t, keyfile.Write(plain, keyfile.NewAgent(key)))
	got, err = keyfile.OpenSigner(plain, nil, func() ([]byte, error) {
		t.Error("a plain file needs no passphrase")
		return nil, nil
	})
	require.NoError(t, err)
	require.Equal(t, key.Public(), got.Public())
	require.ErrorIs(t, keyfile.Open(plain, pass, new(keyfile.Agent)), keyfile.ErrPlain)
}

func TestWeakSettingsAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k")
	require.ErrorIs(t, keyfile.Seal(path, []byte("1234567"), 1, quick), keyfile.ErrNoPassphrase)
	require.ErrorContains(t, keyfile.Seal(path, pass, 1, keyfile.WorkFactor(keyfile.MinWorkFactor-1)), "work factor 9")
	require.ErrorContains(t, keyfile.Seal(path, pass, 1, keyfile.WorkFactor(keyfile.MaxWorkFactor+1)), "work factor 23")
	require.NoFileExists(t, path)
	require.NoError(t, keyfile.Seal(path, []byte("12345678"), 1, quick))
}

const secretMark = "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2"

func TestMalformedFilesAreRefusedWithoutShowingThem(t *testing.T) {
	for name, text := range map[string]string{
		"not JSON":       "secret " + secretMark,
		"unknown member": `{"version":1,"secret":"` + secretMark + `","` + secretMark + `":1}`,
		"version":        `{"version":2,"secret":"` + secretMark + `"}`,
		"short":          `{"version":1,"secret":"` + secretMark[2:] + `"}`,
		"not hex":        `{"version":1,"secret":"` + secretMark[1:] + `z"}`,
		"zero":           `{"version":1,"secret":"` + strings.Repeat("0", 64) + `"}`,
		"two keys":       `{"version":1,"secret":"` + secretMark + `","operator_secret":"` + secretMark + `"}`,
		"no key":         `{"version":1}`,
		"trailing":       `{"version":1,"secret":"` + secretMark + `"} ` + secretMark,
		"number":         `{"version":1,"secret":5}`,
		"truncated age":  "age-encryption.org/v1\n-> scrypt " + secretMark,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "k")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			_, err := keyfile.OpenSigner(path, nil, func() ([]byte, error) { return bytes.Clone(pass), nil })
			require.ErrorIs(t, err, keyfile.ErrMalformed)
			require.NotContains(t, err.Error(), secretMark[2:40])
		})
	}
}

func TestPayloadsHideTheirSecrets(t *testing.T) {
	a := keyfile.Agent{Version: 1, Secret: secretMark}
	o := keyfile.Operator{Version: 1, Secret: secretMark, LogSeed: secretMark, HoldSecret: secretMark}
	for _, v := range []any{a, &a, o, &o} {
		require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", v, v, v, v), secretMark[:16])
	}
}

func TestPassphraseFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pass")
	for text, want := range map[string]string{"pass word\n": "pass word", "pass word\r\n": "pass word",
		"pass word": "pass word", "two\n\n": "two\n", " x ": " x "} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		got, err := keyfile.Passphrase(path, true)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	t.Setenv(keyfile.PassphraseEnv, path)
	got, err := keyfile.Passphrase("", false)
	require.NoError(t, err)
	require.NotEmpty(t, got)

	require.NoError(t, os.Chmod(path, 0o440))
	_, err = keyfile.Passphrase(path, false)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(path, 0o444))
	_, err = keyfile.Passphrase(path, false)
	require.ErrorIs(t, err, keyfile.ErrPermissions)

	for _, text := range []string{"", "\n", strings.Repeat("x", 5000)} {
		require.NoError(t, os.Chmod(path, 0o600))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err = keyfile.Passphrase(path, false)
		require.ErrorIs(t, err, keyfile.ErrNoPassphrase)
	}
	for fresh, next := range map[bool]string{true: "(umask 077; head -c 24 /dev/urandom | base64 > " + path + ".missing)", false: "put the passphrase there"} {
		_, err = keyfile.Passphrase(path+".missing", fresh)
		require.ErrorIs(t, err, keyfile.ErrNoPassphrase)
		require.ErrorIs(t, err, os.ErrNotExist)
		require.ErrorContains(t, err, next)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"version":1,"secret":"` + secretMark + `"}`))
	f.Add([]byte(`{}`))
	f.Add([]byte("age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 10\n"))
	path := filepath.Join(f.TempDir(), "k")
	f.Fuzz(func(t *testing.T, data []byte) {
		require.NoError(t, os.WriteFile(path, data, 0o600))
		var a keyfile.Agent
		if keyfile.Read(path, &a) != nil {
			return
		}
		if key, err := a.Key(); err == nil {
			back, err := json.Marshal(keyfile.NewAgent(key))
			require.NoError(t, err)
			var again keyfile.Agent
			require.NoError(t, json.Unmarshal(back, &again))
			require.True(t, strings.EqualFold(a.Secret, again.Secret))
		}
	})
}
