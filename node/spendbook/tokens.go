package spendbook

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"
)

// tokenKey parts a wallet's tokens of one origin: neither has a letter 0.
func tokenKey(wallet, origin, id string) []byte {
	return []byte(wallet + "\x00" + origin + "\x00" + id)
}

// Tokens calls fn with each token that a wallet has of an origin. fn may not call the book.
func (b *Book) Tokens(wallet, origin string, fn func(id string, value []byte) error) error {
	prefix := tokenKey(wallet, origin, "")
	return b.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketTokens).Cursor()
		for key, value := c.Seek(prefix); bytes.HasPrefix(key, prefix); key, value = c.Next() {
			var r record[[]byte]
			if err := json.Unmarshal(value, &r); err != nil {
				return fmt.Errorf("spendbook: a token is damaged")
			}
			if err := fn(string(key[len(prefix):]), r.What); err != nil {
				return err
			}
		}
		return nil
	})
}

// KeepToken keeps a token in place of one with the same id. It is forgotten 90 days later.
func (b *Book) KeepToken(wallet, origin, id string, value []byte) error {
	return put(b, bucketTokens, tokenKey(wallet, origin, id), value, false)
}

// DropToken forgets a token, if there is one.
func (b *Book) DropToken(wallet, origin, id string) error {
	err := b.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucketTokens).Delete(tokenKey(wallet, origin, id)) })
	if err != nil {
		b.failed.Store(&err)
		return fmt.Errorf("spendbook: %w", err)
	}
	return nil
}
