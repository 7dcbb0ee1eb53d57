package main

import "testing"

func TestLinkID(t *testing.T) {
	t.Parallel()
	const id = "8c7dd922ad47494fc02c388e12c00eac"
	for link, ok := range map[string]bool{
		id: true, "https://corust.example.org/p/" + id: true, "/corust/p/" + id: true, "https://x/embed/p/" + id + "?a=b#c": true,
		"": false, "/": false, id + "/card.png": false, id[1:]: false, "../" + id[1:] + "/": false, "8C7DD922AD47494FC02C388E12C00EAC": false, "https://x/p/%zz": false,
	} {
		if got, err := linkID(link); (err == nil) != ok || ok && got != id {
			t.Errorf("%q: %q, %v", link, got, err)
		}
	}
}
