package lru

import "testing"

func TestCacheMakesRoom(t *testing.T) {
	t.Parallel()
	type put struct {
		key, owner string
		size       int64
	}
	for name, tt := range map[string]struct {
		puts []put
		use  string // a key that is read before the last put
		want string
	}{
		"fits":                      {puts: []put{{"a", "", 5}, {"b", "", 5}}, want: "ab"},
		"the last used stay":        {puts: []put{{"a", "", 5}, {"b", "", 5}, {"c", "", 5}}, use: "a", want: "ac"},
		"too large":                 {puts: []put{{"a", "", 5}, {"b", "", 11}}, want: "a"},
		"too large for its key":     {puts: []put{{"a", "", 5}, {"a", "", 11}}, want: ""},
		"in place of an earlier":    {puts: []put{{"a", "", 5}, {"b", "", 5}, {"a", "", 4}}, want: "ab"},
		"several make room":         {puts: []put{{"a", "", 3}, {"b", "", 3}, {"c", "", 9}}, want: "c"},
		"the heaviest owner yields": {puts: []put{{"a", "light", 2}, {"b", "heavy", 4}, {"c", "heavy", 4}, {"d", "other", 2}}, want: "acd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := New[string, string](10)
			sizes := map[string]int64{}
			for i, p := range tt.puts {
				if tt.use != "" && i == len(tt.puts)-1 {
					c.Get(tt.use)
				}
				c.Put(p.key, p.owner, p.key, p.size)
				sizes[p.key] = p.size
			}
			have, size := "", int64(0)
			for _, key := range []string{"a", "b", "c", "d"} {
				if v := c.Get(key); v != "" {
					have += v
					size += sizes[key]
				}
			}
			if have != tt.want || c.Size() != size {
				t.Errorf("has %q of %d bytes, want %q of %d", have, c.Size(), tt.want, size)
			}
		})
	}
}
