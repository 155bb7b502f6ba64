package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// typist is a human at a terminal who writes words down and types them back, the first wrong
// times otherwise.
type typist struct {
	t      *testing.T
	shown  strings.Builder
	wrong  int
	hidden string // what is typed where nothing is shown
	words  map[string]string
	closed bool
}

func (h *typist) Write(p []byte) (int, error) { return h.shown.Write(p) }
func (h *typist) Close() error                { h.closed = true; return nil }

func (h *typist) Read(p []byte) (int, error) {
	h.t.Helper()
	text := h.shown.String()
	h.words = map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^ *(\d+)  ([a-z]+)$`).FindAllStringSubmatch(text, -1) {
		h.words[m[1]] = m[2]
	}
	asked := regexp.MustCompile(`Word (\d+): $`).FindStringSubmatch(text)
	require.NotNil(h.t, asked, text)
	if h.wrong > 0 {
		h.wrong--
		return copy(p, "zoo\n"), nil
	}
	return copy(p, strings.ToUpper(h.words[asked[1]])+"\n"), nil
}

func (h *typist) AskHidden(prompt string) ([]byte, error) {
	h.shown.WriteString(prompt)
	return []byte(h.hidden), nil
}

func (h *typist) mnemonic() string {
	var list []string
	for i := 1; h.words[strconv.Itoa(i)] != ""; i++ {
		list = append(list, h.words[strconv.Itoa(i)])
	}
	return strings.Join(list, " ")
}

// At a terminal the words are shown once and asked back before a key is stored; what is shown is the
// seed of the file, and goes to no stream that a program reads.
func TestWordsAreAskedBack(t *testing.T) {
	g := newAgent(t, newEcond(t))
	path := filepath.Join(g.dir, "seed.key")
	human := &typist{t: t, wrong: 2}
	g.tty = human
	o := g.run("key", "new", "--out", path, "--plain")
	require.Equal(t, exitOK, o.code, o.err)
	require.Contains(t, o.out, "seed    account 0; back it up: econctl key words")
	require.True(t, human.closed)
	require.Contains(t, human.shown.String(), "They are others; look again.")
	mnemonic := human.mnemonic()
	require.Len(t, strings.Fields(mnemonic), 12)
	require.NotContains(t, o.out+o.err, mnemonic)
	require.Equal(t, mnemonic+"\n", g.run("key", "words", "--key", path).out)

	g.tty = &typist{t: t, wrong: 9}
	o = g.run("key", "new", "--out", path+"2", "--plain")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.err, "no key was stored")
	require.NoFileExists(t, path+"2")

	// A program is shown nothing and asked nothing.
	g.tty = &typist{t: t}
	v := g.json("key", "new", "--out", path+"3", "--plain", "--words", "24")
	require.Empty(t, g.tty.(*typist).shown.String())
	require.NotContains(t, v, "words")
	require.Len(t, strings.Fields(g.json("key", "words", "--key", path+"3")["words"].(string)), 24)
}

// What was written down gives the same keys again, by account, as NIP-06 has them.
func TestKeysFromWords(t *testing.T) {
	g := newAgent(t, newEcond(t))
	const mnemonic = "leader monkey parrot ring guide accident before fence cannon height naive bean"
	const npub = "npub1zutzeysacnf9rru6zqwmxd54mud0k44tst6l70ja5mhv8jjumytsd2x7nu"
	words := filepath.Join(g.dir, "words")
	require.NoError(t, os.WriteFile(words, []byte(mnemonic+"\n"), 0o600))
	path := filepath.Join(g.dir, "seed.key")
	v := g.json("key", "import", "--words-file", words, "--out", path, "--plain")
	require.Equal(t, npub, v["npub"])
	require.EqualValues(t, 0, v["account"])

	human := &typist{t: t, hidden: strings.ToUpper(mnemonic)}
	g.tty = human
	o := g.run("key", "import", "--account", "3", "--out", path+"3", "--plain")
	require.Equal(t, exitOK, o.code, o.err)
	require.Equal(t, "The words, in their order: ", human.shown.String())
	third := g.json("key", "show", "--key", path+"3")
	require.EqualValues(t, 3, third["account"])
	require.NotEqual(t, npub, third["npub"])
	require.Equal(t, third["npub"], g.json("key", "show", "--key", path, "--account", "3")["npub"])
	require.Equal(t, npub, g.json("key", "show", "--key", path+"3", "--account", "0")["npub"])

	// The account that is asked for signs.
	require.Equal(t, exitOK, g.run("--key", path, "--account", "3", "register", "--name", "three").code)
	require.Equal(t, third["pubkey"], g.s.last().PubKey.String())
	require.Equal(t, exitUsage, g.run("key", "show", "--account", "2147483648").code)
	require.Equal(t, exitUsage, g.run("key", "show", "--account", "-1").code)
	o = g.run("key", "show", "--account", "1")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.err, "the key file holds one key and no seed")
	require.Contains(t, g.run("key", "words").err, "so there are no words: back up")
}

// One secret key comes in as hex or nsec; nothing that is wrong is shown or stored.
func TestImportOfASecret(t *testing.T) {
	g := newAgent(t, newEcond(t))
	for i, text := range []string{"7f7ff03d123792d6ac594bfa67bf6d0c0ab55b6b1fdb6249303fe861f1ccba9a", " nsec10allq0gjx7fddtzef0ax00mdps9t2kmtrldkyjfs8l5xruwvh2dq0lhhkp \n"} {
		file := filepath.Join(g.dir, fmt.Sprint("secret", i))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		v := g.json("key", "import", "--secret-file", file, "--out", file+".key", "--plain")
		require.Equal(t, "17162c921dc4d2518f9a101db33695df1afb56ab82f5ff3e5da6eec3ca5cd917", v["pubkey"])
		require.NotContains(t, v, "account")
	}
	for _, text := range []string{"", "7f7f", strings.Repeat("00", 32), strings.Repeat("ff", 32), "npub1zutzeysacnf9rru6zqwmxd54mud0k44tst6l70ja5mhv8jjumytsd2x7nu",
		"nsec10allq0gjx7fddtzef0ax00mdps9t2kmtrldkyjfs8l5xruwvh2dq0lhhkq", "leader monkey parrot"} {
		file, out := filepath.Join(g.dir, "wrong"), filepath.Join(g.dir, "wrong.key")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		o := g.run("key", "import", "--secret-file", file, "--out", out, "--plain")
		require.Equal(t, exitUsage, o.code, text)
		require.Contains(t, o.err, "secret-file: must hold one secret key")
		require.NoFileExists(t, out)
		if len(text) > 6 {
			require.NotContains(t, o.err, text)
		}
	}
	o := g.run("key", "import", "--words-file", "-", "--out", filepath.Join(g.dir, "stdin.key"), "--plain") // "from stdin"
	require.Equal(t, exitUsage, o.code)
	require.Contains(t, o.err, "words: is no BIP-39 mnemonic: has 2 words, must have 12, 15, 18, 21 or 24")
	o = g.run("key", "import", "--out", filepath.Join(g.dir, "none.key"), "--plain")
	require.Equal(t, exitUsage, o.code)
	require.Contains(t, o.err, "there is no terminal to ask for the words at")
}
