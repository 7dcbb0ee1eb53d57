module github.com/corust-dev/corust

go 1.25.0
