// Package fileerr words errors of files that are written beside their place and
// then moved there: people are told the name that they gave, not that of the
// temporary file.
package fileerr

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Write says that path could not be written, and why. Nil stays nil; errors.Is
// sees the cause.
func Write(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write %s: %w", path, cause(err))
}

// cause is an error of the file system without the call and the names in it.
func cause(err error) error {
	var link *os.LinkError
	var file *fs.PathError
	switch {
	case errors.As(err, &link):
		return link.Err
	case errors.As(err, &file):
		return file.Err
	}
	return err
}
