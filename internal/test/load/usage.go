package main

import (
	"bufio"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/corust-dev/corust/internal/proctime"
)

// usage is what the server and this process have used so far.
type usage struct {
	server, own time.Duration // processor time
	memory      int64         // the server's, resident
}

// used asks the server's metrics; without an address for them it knows of this
// process alone.
func used(url string) (usage, error) {
	u := usage{own: proctime.Used()}
	if url == "" {
		return u, nil
	}
	res, err := http.Get(url)
	if err != nil {
		return u, fmt.Errorf("metrics: %w", err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			continue // a comment
		}
		switch name {
		case "process_cpu_seconds_total":
			u.server = time.Duration(n * float64(time.Second))
		case "process_resident_memory_bytes":
			u.memory = int64(n)
		}
	}
	return u, lines.Err()
}
