package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// databasePath is where sessions are kept by default: in the state directory of a
// service ($STATE_DIRECTORY), or in the user's data directory ($XDG_DATA_HOME,
// ~/.local/share, and the like on other systems). It makes the directory, for its owner
// alone: texts are private.
func databasePath() (string, error) {
	dir := os.Getenv("STATE_DIRECTORY")
	if dir == "" {
		data, err := dataDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(data, "corust")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("%w: %w", errDatabase, err)
	}
	return filepath.Join(dir, "sessions.db"), nil
}

func dataDir() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", errors.New("no home directory to store sessions in (set serve.database to a file, or to \"memory\")")
	}
	switch runtime.GOOS {
	case "windows":
		if dir := os.Getenv("LocalAppData"); dir != "" {
			return dir, nil
		}
	case "darwin":
		return filepath.Join(home, "Library", "Application Support"), nil
	}
	return filepath.Join(home, ".local", "share"), nil
}
