//go:build !unix

package main

func ownTerminal() (restore func()) { return func() {} }
