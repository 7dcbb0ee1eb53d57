//go:build unix && !linux

package crates

import "syscall"

func dyingWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
