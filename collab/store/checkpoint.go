package store

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"

	"github.com/corust-dev/corust/collab/wire"
)

// Nearest reports whether a checkpoint at version a is what [Store.Checkpoint] returns for
// version v, rather than the last snapshot.
func Nearest(a, snapshot, v wire.Version) bool {
	if (a <= v) != (snapshot <= v) {
		return a <= v
	}
	if a <= v {
		return a >= snapshot
	}
	return a <= snapshot
}

// EncodeFiles returns the form in which stores keep the files of a checkpoint: their JSON,
// compressed, with a checksum. Texts of programs take a fifth of their bytes.
func EncodeFiles(files []wire.File) ([]byte, error) {
	var b bytes.Buffer
	zip, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := json.NewEncoder(zip).Encode(files); err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	if err := zip.Close(); err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	return b.Bytes(), nil
}

// DecodeFiles reads what EncodeFiles wrote. The error wraps [ErrCorrupt].
func DecodeFiles(data []byte) (files []wire.File, err error) {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err == nil {
		var plain []byte
		if plain, err = io.ReadAll(zip); err == nil {
			err = json.Unmarshal(plain, &files)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w: %w", ErrCorrupt, err)
	}
	return files, nil
}
