//go:build !linux

package caddymodule

import (
	"errors"
	"fmt"
	"runtime"
)

type socketKind struct {
	network  string
	reusable bool
}

var errNotLinux = fmt.Errorf("handover needs Linux, this is %s: %w", runtime.GOOS, errors.ErrUnsupported)

func kindOf(rawListener) (socketKind, error) { return socketKind{}, errNotLinux }

func firstHasAll(rawListener) error { return errNotLinux }
